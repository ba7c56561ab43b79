//! What a service says about an error.

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::net::sanitize::Sanitizer;

/// The code, message and request id of an error body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The service's code, such as `APIGW.0301`; IAM's is the status.
    pub code: Option<String>,
    /// The service's message.
    pub message: Option<String>,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl ErrorBody {
    /// Finds code, message and request id, as they were sent: `error_code`/`error_msg`, `errorCode`/`errorMsg` or
    /// `code`/`message`, with the code as text or number, each at the top or below it. `None` if the body has neither
    /// code nor message.
    pub fn parse(value: &Value) -> Option<Self> {
        let mut body = Self::default();
        body.collect(value);
        (body.code.is_some() || body.message.is_some()).then_some(body)
    }

    /// The same, fit to be shown.
    #[must_use]
    pub fn sanitized(self, sanitizer: &Sanitizer) -> Self {
        Self {
            code: self.code.map(|code| sanitizer.short(&code)),
            message: self.message.map(|message| sanitizer.message(&message)),
            request_id: self.request_id.map(|id| sanitizer.short(&id)),
        }
    }

    /// Takes what is not known yet, from the top down.
    fn collect(&mut self, value: &Value) {
        let object = match value {
            Value::Object(object) => object,
            Value::Array(items) => return items.iter().for_each(|item| self.collect(item)),
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
        if self.request_id.is_none() {
            self.request_id = text(["request_id", "requestId", "requestid"]);
        }
        // Sorted, so that the result does not depend on the order in which the map keeps its members.
        let mut members: Vec<(&String, &Value)> = object.iter().collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        members.into_iter().for_each(|(_, value)| self.collect(value));
    }
}

/// The headers that carry a request id: IAM's own, and that of all other services.
static REQUEST_IDS: [HeaderName; 2] = [
    HeaderName::from_static("x-iam-trace-id"),
    HeaderName::from_static("x-request-id"),
];

/// The request id of a response's headers, sanitized.
pub fn request_id(headers: &HeaderMap, sanitizer: &Sanitizer) -> Option<String> {
    let value = REQUEST_IDS.iter().find_map(|name| headers.get(name))?;
    let id = sanitizer.short(&String::from_utf8_lossy(value.as_bytes()));
    (!id.is_empty()).then_some(id)
}

/// The body without `encoded_authorization_message`, which tells administrators the policy behind a refusal and does not
/// belong into logs.
#[must_use]
pub fn without_policy(mut value: Value) -> Value {
    match &mut value {
        Value::Object(object) => {
            object.remove("encoded_authorization_message");
            for member in object.values_mut() {
                *member = without_policy(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_policy(item.take());
            }
        }
        _ => {}
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: &str) -> Option<ErrorBody> {
        ErrorBody::parse(&serde_json::from_str(body).unwrap())
    }

    #[test]
    fn understands_every_shape() {
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
            let expected = ErrorBody {
                code: Some(code.to_owned()),
                message: Some("m".to_owned()),
                request_id: Some("r".to_owned()),
            };
            assert_eq!(parse(body), Some(expected), "{body}");
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
            assert_eq!(parse(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn sanitizes_every_part_and_the_header() {
        let sanitizer = Sanitizer::new(["secret"]);
        let body = parse(r#"{"code":" secret1\u001b","message":"a\nsecret","request_id":"secret"}"#).unwrap();
        let expected = ErrorBody {
            code: Some(r"***1\u{1b}".to_owned()),
            message: Some(r"a\n***".to_owned()),
            request_id: Some("***".to_owned()),
        };
        assert_eq!(body.sanitized(&sanitizer), expected);
        for name in ["x-request-id", "x-iam-trace-id"] {
            let id = |value: &[u8]| {
                let mut headers = HeaderMap::new();
                headers.insert(name, value.try_into().unwrap());
                request_id(&headers, &sanitizer)
            };
            assert_eq!(id(b"1 secret \xff"), Some("1 *** \u{fffd}".to_owned()));
            assert_eq!(id(b" "), None);
        }
        assert_eq!(request_id(&HeaderMap::new(), &sanitizer), None);
    }

    #[test]
    fn drops_the_policy_wherever_it_is() {
        let policy = json!({"encoded_authorization_message": "p"});
        let body = json!({"a": [policy], "b": {"c": policy}, "encoded_authorization_message": 1, "d": 2});
        assert_eq!(without_policy(body), json!({"a": [{}], "b": {"c": {}}, "d": 2}));
    }
}
