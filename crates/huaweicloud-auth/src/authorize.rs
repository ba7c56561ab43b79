//! Credentials on a request.

use http::HeaderMap;

use crate::credential::credentials::{Credentials, Identity};
use crate::sign::error::SigningError;
use crate::sign::headers::X_AUTH_TOKEN;
use crate::sign::request::RequestView;
use crate::sign::signature::Signed;
use crate::sign::signer::Signer;
use crate::sign::time::SigningTime;

impl Credentials {
    /// Authorizes a request: it gets the token, or is signed with the access key as of now. Gives what was signed.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::sign`].
    pub fn authorize<B: AsRef<[u8]>>(
        &self,
        request: &mut http::Request<B>,
        now: SigningTime,
    ) -> Result<Option<Signed>, SigningError> {
        let (headers, signed) = self.headers(|| Ok(RequestView::from(&*request)), now)?;
        request.headers_mut().extend(headers);
        Ok(signed)
    }

    /// The same for a request of reqwest. A bare `+` in the query, which reqwest writes for a space, becomes `%20`.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::sign`], and a body that is a stream.
    #[cfg(feature = "http")]
    pub fn authorize_reqwest(
        &self,
        request: &mut reqwest::Request,
        now: SigningTime,
    ) -> Result<Option<Signed>, SigningError> {
        if let Some(query) = request.url().query().filter(|query| query.contains('+')) {
            let query = query.replace('+', "%20");
            request.url_mut().set_query(Some(&query));
        }
        let uri: http::Uri = request.url().as_str().parse().map_err(|_| SigningError::NotUri)?;
        let view = || {
            let body = request
                .body()
                .map(|body| body.as_bytes().ok_or(SigningError::BodyIsStream));
            let body = body.transpose()?.unwrap_or_default();
            Ok(RequestView::new(request.method(), &uri, request.headers(), body))
        };
        let (headers, signed) = self.headers(view, now)?;
        request.headers_mut().extend(headers);
        Ok(signed)
    }

    /// The headers that authorize a request.
    fn headers<'a>(
        &self,
        view: impl FnOnce() -> Result<RequestView<'a>, SigningError>,
        now: SigningTime,
    ) -> Result<(HeaderMap, Option<Signed>), SigningError> {
        match self.identity() {
            Identity::Token(token) => Ok((HeaderMap::from_iter([(X_AUTH_TOKEN, token.header_value())]), None)),
            Identity::AccessKey(key) => {
                let signed = Signer::new().sign(key, &view()?, now)?;
                Ok((signed.headers().clone(), Some(signed)))
            }
        }
    }
}
