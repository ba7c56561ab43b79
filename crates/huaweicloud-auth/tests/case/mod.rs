//! One case as openapi/signing/README.md describes it, from JSON to a signature.

use std::error::Error;

use http::header::HeaderName;
use http::{HeaderValue, Request};
use huaweicloud_auth::{AccessKey, RequestView, Signed, Signer};
use serde::Deserialize;

/// The request without its signature, as `request.json` holds it.
#[derive(Deserialize)]
pub struct RequestFile {
    method: String,
    scheme: String,
    authority: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    text: Option<String>,
    hex: Option<String>,
    times: Option<usize>,
}

/// What it is signed with, as `context.json` holds it.
#[derive(Deserialize)]
pub struct Context {
    access_key: String,
    secret_key: String,
    security_token: Option<String>,
    pub date: String,
    pub signed_headers: Option<Vec<String>>,
}

impl Body {
    fn bytes(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let hex = self.hex.as_deref().unwrap_or_default();
        let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2).unwrap_or("?"));
        let mut bytes = pairs
            .map(|pair| u8::from_str_radix(pair, 16))
            .collect::<Result<Vec<u8>, _>>()?;
        bytes.extend(self.text.as_deref().unwrap_or_default().as_bytes());
        Ok(bytes.repeat(self.times.unwrap_or(1)))
    }
}

impl RequestFile {
    pub fn to_http(&self) -> Result<Request<Vec<u8>>, Box<dyn Error>> {
        let Self {
            scheme,
            authority,
            path,
            ..
        } = self;
        let mut uri = format!("{scheme}://{authority}{path}");
        if let Some(query) = &self.query {
            uri = format!("{uri}?{query}");
        }
        let mut request = Request::builder().method(self.method.as_str()).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes())?);
        }
        Ok(request.body(self.body.bytes()?)?)
    }
}

impl Context {
    pub fn key(&self) -> Result<AccessKey, Box<dyn Error>> {
        let key = AccessKey::new(&self.access_key, &self.secret_key)?;
        Ok(match &self.security_token {
            Some(token) => key.with_security_token(token)?,
            None => key,
        })
    }

    fn signer(&self) -> Result<Signer, Box<dyn Error>> {
        let Some(names) = &self.signed_headers else {
            return Ok(Signer::new());
        };
        let names: Result<Vec<HeaderName>, _> = names.iter().map(|name| name.parse()).collect();
        Ok(Signer::new().signed_headers(names?))
    }

    pub fn sign(&self, request: &Request<Vec<u8>>) -> Result<Signed, Box<dyn Error>> {
        let view = RequestView::from(request);
        Ok(self.signer()?.sign(&self.key()?, &view, self.date.parse()?)?)
    }
}
