//! From an answer to what it means.

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::error::printable::{printable, short};
use crate::error::{ErrorBuilder, ErrorKind, Outcome};
use crate::transport::retry_after::retry_after;

/// The most characters that are shown of an answer that cannot be understood.
const EXCERPT: usize = 120;

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What an error body says, whatever its shape.
#[derive(Debug, Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// The header that carries the service's id of the request; IAM has one of its own.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["x-request-id", "x-iam-trace-id"];
    let value = names.into_iter().find_map(|name| headers.get(name))?;
    let id = short(&String::from_utf8_lossy(value.as_bytes()));
    (!id.is_empty()).then_some(id)
}

impl Answer {
    /// A `200` with nothing in it, or with JSON that reports no error, is the service's. Anything else is not success.
    pub(crate) fn is_success(&self) -> bool {
        let body = self.body.trim_ascii();
        self.status == StatusCode::OK
            && (body.is_empty()
                || serde_json::from_slice::<Value>(body)
                    .is_ok_and(|value| say(&value).is_none_or(|said| said.code.is_none())))
    }

    /// The error that the answer is, without a hint, which depends on who called; `mask` takes secrets out of what the
    /// service echoes.
    pub(crate) fn error(&self, mask: impl Fn(&str) -> String) -> ErrorBuilder {
        let value: Option<Value> = serde_json::from_slice(&self.body).ok();
        let said = value.as_ref().and_then(say);
        let from_service = said.is_some();
        let said = said.unwrap_or_default();
        let code = said.code.map(|code| short(&mask(&code)));
        let message = said.message.map(|message| printable(&mask(&message)));
        let (kind, outcome) = self.classify(code.as_deref(), from_service);
        let message = match message.filter(|message| !message.is_empty()) {
            Some(message) => message,
            None if code.is_some() => "an error without a message".to_owned(),
            None => self.describe(value, &mask),
        };
        ErrorBuilder::new(kind, outcome, message)
            .status(self.status.as_u16())
            .code(code)
            .request_id(request_id(&self.headers).or(said.request_id.map(|id| short(&mask(&id)))))
            .retry_after(retry_after(&self.headers, Timestamp::now()))
    }

    /// The code first, because nearly every refusal of HSS comes with 400; the status where there is none.
    fn classify(&self, code: Option<&str>, from_service: bool) -> (ErrorKind, Outcome) {
        use {ErrorKind as Kind, Outcome::Refused};
        let status = self.status.as_u16();
        let number = code.and_then(|code| code.rsplit('.').next()).unwrap_or_default();
        let is_gateway = code.is_some_and(|code| code.starts_with("APIGW.") || code.starts_with("APIG."));
        let is_hss = code.is_some_and(|code| code.starts_with("HSS."));
        match (status, number) {
            (400..=499, "0011") if is_hss => (Kind::NotFound, Refused),
            (400..=499, "0010" | "0013") if is_hss => (Kind::Permission, Refused),
            (401, _) => (Kind::Auth, Refused),
            (403, _) => (Kind::Permission, Refused),
            (404, _) => (Kind::NotFound, Refused),
            (429, _) => (Kind::Throttled, Refused),
            (408, _) => (Kind::Timeout, Outcome::Unknown),
            (400..=499, _) => (Kind::Refused, Refused),
            // The gateway asks IAM who calls before it lets a request through.
            (503, "0613") if is_gateway => (Kind::Server, Refused),
            (500..=599, _) => (Kind::Server, Outcome::Unknown),
            (200, _) if from_service => (Kind::Server, Outcome::Unknown),
            _ => (Kind::Protocol, Outcome::Unknown),
        }
    }

    /// What can be said of an answer that says nothing itself.
    fn describe(&self, value: Option<Value>, mask: impl Fn(&str) -> String) -> String {
        let status = self.status.as_u16();
        let what = match status {
            300..=399 => "a redirect, which is not followed".to_owned(),
            _ => format!("an answer with status {status} that is not the service's"),
        };
        if let Some(coding) = self.headers.get(CONTENT_ENCODING).filter(|_| !self.body.is_empty()) {
            let coding = short(&String::from_utf8_lossy(coding.as_bytes()));
            let length = self.body.len();
            return format!("{what}: {length} bytes in the coding {coding}, which no one asked for");
        }
        let text = match value {
            Some(value) => without_policy(value).to_string(),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
        let excerpt: String = printable(&mask(&text)).chars().take(EXCERPT).collect();
        if excerpt.is_empty() {
            what
        } else {
            format!("{what}: {excerpt}")
        }
    }
}

/// Finds code, message and request id: `error_code`/`error_msg`, `errorCode`/`errorMsg`, `code`/`message` with the code as
/// text or number, each at the top or below it.
fn say(value: &Value) -> Option<Said> {
    let mut said = Said::default();
    said.gather(value);
    (said.code.is_some() || said.message.is_some()).then_some(said)
}

impl Said {
    /// Takes what is not known yet, from the top down.
    fn gather(&mut self, value: &Value) {
        let object = match value {
            Value::Object(object) => object,
            Value::Array(items) => return items.iter().for_each(|item| self.gather(item)),
            _ => return,
        };
        let text = |names: [&str; 3]| {
            names.into_iter().find_map(|name| match object.get(name)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        // A message belongs to the code beside it, or to the first one below.
        if self.code.is_none() {
            self.code = text(["error_code", "errorCode", "code"]);
            self.message = text(["error_msg", "errorMsg", "message"]).or(self.message.take());
        }
        self.request_id = self
            .request_id
            .take()
            .or_else(|| text(["request_id", "requestId", "requestid"]));
        // By name, so that what is found does not depend on the order in which maps are kept.
        let mut below: Vec<(&String, &Value)> = object.iter().collect();
        below.sort_unstable_by_key(|(name, _)| *name);
        below.into_iter().for_each(|(_, value)| self.gather(value));
    }
}

/// The value without what a refusal by a policy adds for administrators: which rules of theirs stand behind it is not for
/// logs.
fn without_policy(mut value: Value) -> Value {
    match &mut value {
        Value::Object(object) => {
            object.remove("encoded_authorization_message");
            object
                .values_mut()
                .for_each(|value| *value = without_policy(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_policy(item.take())),
        _ => {}
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    fn answer(status: u16, body: Vec<u8>) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    fn assert_sane(answer: &Answer) -> Result<(), TestCaseError> {
        let error = answer.error(str::to_owned).finish();
        prop_assert_eq!(error.status(), Some(answer.status.as_u16()));
        prop_assert!(!error.message().is_empty());
        prop_assert!(
            !format!("{error}{:?}", error.code()).chars().any(char::is_control),
            "{error:?}"
        );
        // The service did not act is said of a refusal alone.
        let refused = error.outcome() == Outcome::Refused;
        prop_assert_eq!(
            refused,
            answer.status.is_client_error() && answer.status != StatusCode::REQUEST_TIMEOUT
        );
        Ok(())
    }

    fn said(body: &str) -> (Option<String>, Option<String>, Option<String>) {
        let said = say(&serde_json::from_str(body).unwrap()).unwrap_or_default();
        (said.code, said.message, said.request_id)
    }

    #[test]
    fn every_shape_is_understood() {
        let all = |code: &str| (Some(code.to_owned()), Some("m".to_owned()), Some("r".to_owned()));
        for (body, code) in [
            (
                r#"{"error_code":"HSS.0011","error_msg":"m","request_id":"r"}"#,
                "HSS.0011",
            ),
            (r#"{"errorCode":"HSS.0011","errorMsg":"m","requestId":"r"}"#, "HSS.0011"),
            (r#"{"code":400,"message":"m","request_id":"r"}"#, "400"),
            (
                r#"{"request_id":"r","error":{"code":400,"title":"Bad","message":"m"}}"#,
                "400",
            ),
            (
                r#"{"error":{"request_id":"r","inner":{"error_code":"A.1","error_msg":"m"}}}"#,
                "A.1",
            ),
            (
                r#"{"errors":[{"code":"A.1","message":"m","request_id":"r"},{"code":"A.2"}]}"#,
                "A.1",
            ),
            (
                r#"{"message":"outside","z":{"code":"A.1","message":"m","request_id":"r"}}"#,
                "A.1",
            ),
            (r#"{"message":"m","z":{"code":"A.1","request_id":"r"}}"#, "A.1"),
            (
                r#"{"code":"A.1","a":{"message":"not its","code":"A.2"},"message":"m","request_id":"r"}"#,
                "A.1",
            ),
        ] {
            assert_eq!(said(body), all(code), "{body}");
        }
        for nothing in [
            "{}",
            "[]",
            "null",
            "3",
            r#""code""#,
            r#"{"code":{}}"#,
            r#"{"code":null}"#,
            r#"{"request_id":"r"}"#,
        ] {
            assert!(say(&serde_json::from_str(nothing).unwrap()).is_none(), "{nothing}");
        }
    }

    #[test]
    fn nesting_without_end_is_no_danger() {
        for (open, close) in [("[", "]"), (r#"{"error":"#, "}")] {
            let body = format!("{}1{}", open.repeat(10_000), close.repeat(10_000)).into_bytes();
            assert!(!answer(200, body.clone()).is_success());
            let error = answer(400, body).error(str::to_owned).finish();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Refused, Outcome::Refused));
        }
    }

    #[test]
    fn a_policy_is_not_shown() {
        for body in [
            r#"{"encoded_authorization_message":"SECRETPOLICY"}"#,
            r#"{"a":[{"encoded_authorization_message":"SECRETPOLICY"}]}"#,
            r#"{"error_code":"APIGW.0302","encoded_authorization_message":"SECRETPOLICY"}"#,
        ] {
            let error = answer(403, body.as_bytes().to_vec()).error(str::to_owned).finish();
            assert!(!format!("{error:?}").contains("SECRETPOLICY"), "{error:?}");
        }
    }

    #[test]
    fn what_was_packed_is_not_unpacked() {
        let mut packed = answer(502, b"\x1f\x8b\x08\x00".to_vec());
        packed.headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        let error = packed.error(str::to_owned).finish();
        assert_eq!(
            error.message(),
            "an answer with status 502 that is not the service's: 4 bytes in the coding gzip, which no one asked for"
        );
    }

    proptest! {
        #[test]
        fn any_json_makes_an_error(status in 100u16..1000, body in json()) {
            assert_sane(&answer(status, body.to_string().into_bytes()))?;
        }

        #[test]
        fn any_bytes_make_an_error(status in 100u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
            assert_sane(&answer(status, body))?;
        }

        #[test]
        fn a_success_says_nothing_of_errors(body in json()) {
            let says_code = say(&body).is_some_and(|said| said.code.is_some());
            prop_assert_eq!(answer(200, body.to_string().into_bytes()).is_success(), !says_code);
            prop_assert!(!answer(204, Vec::new()).is_success());
        }
    }
}
