//! What IAM or the metadata service answered.

use http::{HeaderMap, StatusCode};
use reqwest::Response;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::iam::client::not_answered;
use crate::net::sanitize::mask;

/// The most that is read of an answer. The largest, a list of projects, has some kilobytes.
const MOST: usize = 1024 * 1024;

/// The most that an error shows of what a service says.
const MOST_SHOWN: usize = 300;

/// An answer, read whole. The body can hold keys: it is wiped.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
    who: &'static str,
    secrets: Vec<Zeroizing<String>>,
}

/// Reads an answer up to the limit.
pub(crate) async fn read(mut response: Response, who: &'static str, secrets: &[&str]) -> Result<Answer, ProviderError> {
    let mut answer = Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: Zeroizing::default(),
        who,
        secrets: secrets
            .iter()
            .map(|secret| Zeroizing::new((*secret).to_owned()))
            .collect(),
    };
    let mut chunks = Vec::new();
    let mut length = 0;
    while let Some(chunk) = response.chunk().await.map_err(|error| not_answered(error, who))? {
        length += chunk.len();
        if length > MOST {
            return Err(answer.protocol("is larger than 1 MiB"));
        }
        chunks.push(chunk);
    }
    // In one piece of the right size: a growing one leaves copies behind.
    let mut body = Vec::with_capacity(length);
    chunks.iter().for_each(|chunk| body.extend_from_slice(chunk));
    answer.body = Zeroizing::new(body);
    Ok(answer)
}

impl Answer {
    /// An answer that is not the service's, and why.
    pub(crate) fn protocol(&self, why: &str) -> ProviderError {
        let error = ProviderError::new(ProviderErrorKind::Protocol, format!("the answer of {} {why}", self.who));
        error.answered(self.status.as_u16(), None, self.request_id())
    }

    /// The error that an answer is which was not the wanted one.
    pub(crate) fn error(&self) -> ProviderError {
        let said = serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|value| say(&value))
            .unwrap_or_default();
        let status = self.status.as_u16();
        let kind = match status {
            429 | 500..=599 => ProviderErrorKind::Unavailable,
            401 | 403 => ProviderErrorKind::Refused,
            400..=499 if said.code.is_some() || said.message.is_some() => ProviderErrorKind::Refused,
            _ => ProviderErrorKind::Protocol,
        };
        let who = self.who;
        let message = match (kind, said.message) {
            (ProviderErrorKind::Protocol, _) => {
                format!("the answer is not one of {who}: check the endpoint and any proxy")
            }
            (ProviderErrorKind::Unavailable, Some(said)) => format!("{who} cannot answer now: {}", self.clean(&said)),
            (ProviderErrorKind::Unavailable, None) => format!("{who} cannot answer now"),
            (_, Some(said)) => format!("{who} refused: {}", self.clean(&said)),
            (_, None) => format!("{who} refused"),
        };
        let id = self.request_id().or(said.request_id.map(|id| self.clean(&id)));
        ProviderError::new(kind, message).answered(status, said.code.map(|code| self.clean(&code)), id)
    }

    fn request_id(&self) -> Option<String> {
        let names = ["x-iam-trace-id", "x-request-id"];
        let value = names.into_iter().find_map(|name| self.headers.get(name))?;
        Some(self.clean(value.to_str().ok()?)).filter(|id| !id.is_empty())
    }

    /// Text of the service's as it can be shown: without secrets, on one line, and not endless.
    fn clean(&self, text: &str) -> String {
        let masked = mask(text, self.secrets.iter().map(|secret| secret.as_str()));
        let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
        masked.chars().map(visible).take(MOST_SHOWN).collect()
    }
}

/// What an error body says.
#[derive(Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// Finds code and message: IAM has `error: {code, message}`, the gateway `error_code` and `error_msg`, others mix them.
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
    object.values().find_map(say)
}
