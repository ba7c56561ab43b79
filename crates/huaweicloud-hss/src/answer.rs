//! From an answer to what it means.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::error::{Draft, ErrorKind, Outcome};
use crate::printable::printable;

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
    let id = printable(&String::from_utf8_lossy(value.as_bytes()));
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
    pub(crate) fn error(&self, mask: impl Fn(&str) -> String) -> Draft {
        let clean = |text: String| printable(&mask(&text));
        let said = serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|value| say(&value));
        let from_service = said.is_some();
        let said = said.unwrap_or_default();
        let code = said.code.map(clean);
        let message = said.message.map(clean).filter(|message| !message.is_empty());
        let (kind, outcome) = self.classify(code.as_deref(), from_service);
        let message = message.unwrap_or_else(|| self.describe(&mask));
        Draft::new(kind, outcome, message)
            .status(self.status.as_u16())
            .code(code)
            .request_id(request_id(&self.headers).or(said.request_id.map(clean)))
    }

    /// The code first, because nearly every refusal of HSS comes with 400; the status where there is none.
    fn classify(&self, code: Option<&str>, from_service: bool) -> (ErrorKind, Outcome) {
        use {ErrorKind as Kind, Outcome::Refused};
        let status = self.status.as_u16();
        let number = code.and_then(|code| code.rsplit('.').next()).unwrap_or_default();
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
            (500..=599, _) => (Kind::Server, Outcome::Unknown),
            (200, _) if from_service => (Kind::Server, Outcome::Unknown),
            _ => (Kind::Protocol, Outcome::Unknown),
        }
    }

    /// What can be said of an answer that says nothing itself.
    fn describe(&self, mask: impl Fn(&str) -> String) -> String {
        let status = self.status.as_u16();
        let what = match status {
            300..=399 => "a redirect, which is not followed".to_owned(),
            _ => format!("an answer with status {status} that is not the service's"),
        };
        let text = String::from_utf8_lossy(&self.body);
        let excerpt: String = printable(&mask(&text)).chars().take(120).collect();
        if excerpt.is_empty() {
            what
        } else {
            format!("{what}: {excerpt}")
        }
    }
}

/// Finds code, message and request id: `error_code`/`error_msg`, `errorCode`/`errorMsg`, `code`/`message` with the code as
/// text or number, each at the top or in an object below.
fn say(value: &Value) -> Option<Said> {
    let object = value.as_object()?;
    let text = |names: &[&str]| {
        names.iter().find_map(|name| match object.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let said = Said {
        code: text(&["error_code", "errorCode", "code"]),
        message: text(&["error_msg", "errorMsg", "message"]),
        request_id: text(&["request_id", "requestId"]),
    };
    if said.code.is_some() || said.message.is_some() {
        return Some(said);
    }
    let below = object.values().find_map(say)?;
    Some(Said {
        request_id: below.request_id.or(said.request_id),
        ..below
    })
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
