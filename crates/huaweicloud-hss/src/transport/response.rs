//! A response, and what it means.

use std::time::SystemTime;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, StatusCode};
use huaweicloud_auth::Credentials;
use huaweicloud_auth::sanitize::Sanitizer;
use huaweicloud_auth::service::{self, ErrorBody};
use jiff::Timestamp;
use serde_json::Value;

use super::retry_after::retry_after;
use crate::error::ErrorBuilder;
use crate::error::codes::{self, Meaning};
use crate::error::hint::SignedRequest;

/// The maximum number of characters that a message shows of a response that cannot be understood.
const EXCERPT: usize = 120;

/// A response, read to its end.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    /// The response `http` with this body. Header values that echo a secret of the credentials are masked here, so that
    /// no later use of them can show it.
    pub(crate) fn new(http: &mut reqwest::Response, body: Bytes, credentials: &Credentials) -> Self {
        let mut headers = std::mem::take(http.headers_mut());
        mask_values(&mut headers, credentials.sanitizer());
        Self {
            status: http.status(),
            headers,
            body,
        }
    }

    /// Whether the response is the service's success: `200` with an empty body, or with JSON that reports no error.
    pub(crate) fn is_success(&self) -> bool {
        let body = self.body.trim_ascii();
        let reports_no_error = |value: &Value| ErrorBody::parse(value).is_none_or(|error| error.code.is_none());
        self.status == StatusCode::OK
            && (body.is_empty() || serde_json::from_slice(body).is_ok_and(|value| reports_no_error(&value)))
    }

    /// The service's id of the request.
    pub(crate) fn request_id(&self) -> Option<String> {
        service::request_id(&self.headers, &Sanitizer::default())
    }

    /// The error that the response is. `credentials` are those of the request, for the hint and to mask what the
    /// service echoes; `signed` is what an access key signed.
    pub(crate) fn error(&self, credentials: &Credentials, signed: Option<&SignedRequest>) -> ErrorBuilder {
        let sanitizer = credentials.sanitizer();
        let value: Option<Value> = serde_json::from_slice(&self.body).ok();
        let body = value.as_ref().and_then(ErrorBody::parse);
        let is_error_body = body.is_some();
        let body = body.unwrap_or_default().sanitized(sanitizer);
        let status = self.status.as_u16();
        let Meaning { kind, outcome, hint } = codes::meaning(status, body.code.as_deref(), is_error_body);
        let message = match body.message.filter(|message| !message.is_empty()) {
            Some(message) => message,
            None if body.code.is_some() => "an error without a message".to_owned(),
            None => self.describe(value, sanitizer),
        };
        let hint = hint.resolve(&message, &self.headers, credentials, signed);
        ErrorBuilder::new(kind, outcome, message)
            .with_status(status)
            .with_code(body.code)
            .with_request_id(self.request_id().or(body.request_id))
            .with_retry_after(retry_after(&self.headers, now()))
            .with_hint_if_any(hint)
    }

    /// A description of a response that holds no message of its own.
    fn describe(&self, value: Option<Value>, sanitizer: &Sanitizer) -> String {
        let status = self.status.as_u16();
        let what = match status {
            300..=399 => "a redirect, which is not followed".to_owned(),
            _ => format!("unexpected HTTP {status} response, not from HSS"),
        };
        if let Some(coding) = self.headers.get(CONTENT_ENCODING).filter(|_| !self.body.is_empty()) {
            let coding = sanitizer.short(&String::from_utf8_lossy(coding.as_bytes()));
            let length = self.body.len();
            return format!("{what}: {length} bytes with unrequested Content-Encoding {coding}");
        }
        let text = match value {
            Some(value) => service::without_policy(value).to_string(),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
        let excerpt: String = sanitizer.message(&text).chars().take(EXCERPT).collect();
        if excerpt.is_empty() {
            what
        } else {
            format!("{what}: {excerpt}")
        }
    }
}

/// Now, or the last time that can be told.
fn now() -> Timestamp {
    SystemTime::now().try_into().unwrap_or(Timestamp::MAX)
}

fn mask_values(headers: &mut HeaderMap, sanitizer: &Sanitizer) {
    for value in headers.values_mut() {
        let text = match value.to_str() {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(value.as_bytes()),
        };
        if sanitizer.finds_secret(&text) {
            *value = HeaderValue::from_static("***");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use huaweicloud_auth::Token;

    use super::*;
    use crate::error::{ErrorKind, Outcome};

    fn credentials() -> Credentials {
        Token::new("secret-token").unwrap().into()
    }

    fn error_of(response: &Response) -> crate::Error {
        response.error(&credentials(), None).build()
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        let names = prop_oneof![
            "error_code|error_msg|code|message|error|request_id|errorCode",
            any::<String>()
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(names.clone(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn response(status: u16, body: Vec<u8>) -> Response {
        let status = StatusCode::from_u16(status).unwrap();
        Response {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    fn assert_sane(response: &Response) -> Result<(), TestCaseError> {
        let error = error_of(response);
        prop_assert_eq!(error.status(), Some(response.status.as_u16()));
        prop_assert!(!error.message().is_empty());
        prop_assert!(
            !format!("{error}{:?}", error.code()).chars().any(char::is_control),
            "{error:?}"
        );
        // Only a refusal says that the service did not act.
        let refuses = response.status.is_client_error() && ![408, 460, 499].contains(&response.status.as_u16());
        prop_assert_eq!(error.outcome() == Outcome::Refused, refuses);
        Ok(())
    }

    #[test]
    fn survives_endless_nesting() {
        for (open, close) in [("[", "]"), (r#"{"error":"#, "}")] {
            let body = format!("{}1{}", open.repeat(10_000), close.repeat(10_000)).into_bytes();
            assert!(!response(200, body.clone()).is_success());
            let error = error_of(&response(400, body));
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Refused, Outcome::Refused));
        }
    }

    #[test]
    fn does_not_show_a_policy() {
        for body in [
            r#"{"encoded_authorization_message":"SECRETPOLICY"}"#,
            r#"{"a":[{"encoded_authorization_message":"SECRETPOLICY"}]}"#,
            r#"{"error_code":"APIGW.0302","encoded_authorization_message":"SECRETPOLICY"}"#,
        ] {
            let error = error_of(&response(403, body.as_bytes().to_vec()));
            assert!(!format!("{error:?}").contains("SECRETPOLICY"), "{error:?}");
        }
    }

    #[test]
    fn does_not_decompress_a_body() {
        let mut packed = response(502, b"\x1f\x8b\x08\x00".to_vec());
        packed.headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        let error = error_of(&packed);
        assert_eq!(
            error.message(),
            "unexpected HTTP 502 response, not from HSS: 4 bytes with unrequested Content-Encoding gzip"
        );
    }

    #[test]
    fn masks_a_secret_that_a_header_echoes() {
        let mut http = http::Response::new("");
        for (name, value) in [
            ("x-request-id", "id-secret-token"),
            ("content-encoding", "secret%2Dtoken"),
            ("date", "now"),
        ] {
            http.headers_mut().insert(name, value.parse().unwrap());
        }
        let response = Response::new(&mut http.into(), Bytes::from_static(b"x"), &credentials());
        assert_eq!(response.headers["date"], "now");
        let shown = format!("{:?} {:?}", response.headers, error_of(&response));
        assert!(
            !shown.contains("secret-token") && !shown.contains("secret%2Dtoken"),
            "{shown}"
        );
        assert_eq!(response.request_id().as_deref(), Some("***"));
    }

    proptest! {
        #[test]
        fn any_json_makes_an_error(status in 100u16..1000, body in json()) {
            assert_sane(&response(status, body.to_string().into_bytes()))?;
        }

        #[test]
        fn any_bytes_make_an_error(status in 100u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
            assert_sane(&response(status, body))?;
        }

        #[test]
        fn a_success_reports_no_error(body in json()) {
            let says_code = ErrorBody::parse(&body).is_some_and(|error| error.code.is_some());
            prop_assert_eq!(response(200, body.to_string().into_bytes()).is_success(), !says_code);
            prop_assert!(!response(204, Vec::new()).is_success());
        }
    }
}
