//! Faults that replace or delay answers, so that a client's failures can be tested.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::FaultError;
use crate::http::answer::Answer;
use crate::iam;

/// Maximum number of faults that wait at the same time.
const MAX_FAULTS: usize = 1_000;

/// Maximum bytes of headers and bodies of the faults that wait.
const MAX_BYTES: usize = 64 * 1024 * 1024;

const MAX_DELAY: Duration = Duration::from_secs(3600);

/// What happens to an answer in place of being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Reset,
    Stall,
    Truncate,
}

impl Action {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Stall => "stall",
            Self::Truncate => "truncate",
        }
    }
}

/// What happens to the next requests instead of, or before, the service's answer.
///
/// A fault with a status answers in place of the service: nothing of the request is checked or carried out. A fault
/// with a delay alone lets the service act at once and holds its answer back, as a slow network does.
///
/// [`Fault::reset`], [`Fault::stall`] and [`Fault::truncate`] let the service act, so that the outcome is unknown to the
/// client; with [`Fault::unacted`] the service does not act, and the client cannot tell. What the service did is in
/// [`RecordedRequest::acted`](crate::RecordedRequest::acted).
///
/// Faults wait in a queue; each request takes the first that is meant for it. Without [`Fault::operation`] that is any
/// request but those for IAM, for the metadata service and for `/_sim/`.
///
/// ```
/// use std::time::Duration;
/// use huaweicloud_hss_sim::Fault;
///
/// let twice_unavailable = Fault::answer(503).times(2).header("Retry-After", "1").body("try later");
/// let slow = Fault::delay(Duration::from_millis(200)).operation("retryTask");
/// let acted_and_unknown = Fault::reset();
/// let not_acted_and_unknown = Fault::reset().unacted();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault(FaultSpec);

/// A fault as `POST /_sim/faults` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FaultSpec {
    times: u64,
    status: Option<u16>,
    #[serde(deserialize_with = "headers")]
    headers: Vec<(String, String)>,
    #[serde(deserialize_with = "body")]
    body: Option<String>,
    #[serde(rename = "delay_ms", deserialize_with = "milliseconds")]
    delay: Duration,
    operation: Option<String>,
    action: Option<Action>,
    acted: bool,
}

impl Default for FaultSpec {
    fn default() -> Self {
        Self {
            times: 1,
            status: None,
            headers: Vec::new(),
            body: None,
            delay: Duration::ZERO,
            operation: None,
            action: None,
            acted: true,
        }
    }
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    Ok(crate::service::unique::keys(deserializer)?.into_iter().collect())
}

fn body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.map(|body| match body {
        Value::String(text) => text,
        other => other.to_string(),
    }))
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

impl Fault {
    /// Answers with a status from 200 to 599, for one request.
    pub fn answer(status: u16) -> Self {
        Self(FaultSpec {
            status: Some(status),
            ..FaultSpec::default()
        })
    }

    /// Holds the answer back, for one request. At most an hour.
    pub fn delay(delay: Duration) -> Self {
        Self(FaultSpec {
            delay,
            ..FaultSpec::default()
        })
    }

    /// Resets the connection (RST) of one request in place of answering, after the service has acted.
    pub fn reset() -> Self {
        Self::action(Action::Reset)
    }

    /// Never answers one request, although the service has acted; until the client goes, or the simulator stops and
    /// resets the connection.
    pub fn stall() -> Self {
        Self::action(Action::Stall)
    }

    /// Cuts the answer to one request short, after the service has acted: `Content-Length` promises the whole body and
    /// half of it comes. Of an empty body, one byte is promised that does not come.
    pub fn truncate() -> Self {
        Self::action(Action::Truncate)
    }

    fn action(action: Action) -> Self {
        Self(FaultSpec {
            action: Some(action),
            ..FaultSpec::default()
        })
    }

    /// The service does not act before [`Fault::reset`], [`Fault::stall`] or [`Fault::truncate`]: nothing of the request
    /// is checked or carried out. An answer that is truncated is then an empty 200.
    pub fn unacted(mut self) -> Self {
        self.0.acted = false;
        self
    }

    /// How many requests it happens to.
    pub fn times(mut self, times: u64) -> Self {
        self.0.times = times;
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// The body of the answer. Unless a header says otherwise, its content type is JSON where it is JSON, else plain
    /// text.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.0.body = Some(body.into());
        self
    }

    /// Holds the answer back.
    pub fn after(mut self, delay: Duration) -> Self {
        self.0.delay = delay;
        self
    }

    /// Happens only to requests for this operation: an `operationId`, or one of the names that
    /// [`RecordedRequest::operation`](crate::RecordedRequest::operation) lists.
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    pub(crate) fn from_json(body: &[u8]) -> Result<Self, FaultError> {
        // First as an object: a list with the values in their order would be taken too.
        let _: serde_json::Map<String, Value> = serde_json::from_slice(body)
            .map_err(|error| FaultError::new(format!("a fault is a JSON object: {error}")))?;
        let spec = serde_json::from_slice(body).map_err(|error| FaultError::new(error.to_string()))?;
        Ok(Self(spec))
    }
}

/// A fault that can be carried out. The default does nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct ValidFault {
    times: u64,
    pub(crate) operation: Option<String>,
    pub(crate) delay: Duration,
    pub(crate) action: Option<Action>,
    /// `None` leaves the answer to the service.
    pub(crate) answer: Option<Answer>,
}

impl ValidFault {
    /// The size of its answer.
    fn bytes(&self) -> usize {
        let Some(answer) = &self.answer else { return 0 };
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len());
        answer.body.len() + headers.sum::<usize>()
    }

    fn is_meant_for(&self, operation: Option<&str>) -> bool {
        match &self.operation {
            Some(wanted) => operation == Some(wanted),
            None => !operation.is_some_and(iam::is_sign_in),
        }
    }
}

impl TryFrom<Fault> for ValidFault {
    type Error = FaultError;

    fn try_from(Fault(fault): Fault) -> Result<Self, FaultError> {
        if fault.times == 0 {
            return Err(FaultError::new("`times` must be at least 1"));
        }
        if fault.delay > MAX_DELAY {
            return Err(FaultError::new("`delay_ms` must be at most an hour"));
        }
        if fault.action.is_some() && fault.status.is_some() {
            return Err(FaultError::new("a fault has a `status` or an `action`, not both"));
        }
        if fault.action.is_none() && !fault.acted {
            return Err(FaultError::new("`acted` needs an `action` to go with"));
        }
        if fault.status.is_none() && (fault.body.is_some() || !fault.headers.is_empty()) {
            return Err(FaultError::new("`headers` and `body` need a `status` to go with"));
        }
        if fault.status.is_none() && fault.action.is_none() && fault.delay.is_zero() {
            return Err(FaultError::new("a fault needs a `status`, an `action` or a `delay_ms`"));
        }
        // Without the service, a part of an empty answer can arrive.
        let status = fault.status.or((!fault.acted).then_some(200));
        let answer = status.map(|status| canned_answer(status, &fault.headers, fault.body));
        Ok(Self {
            times: fault.times,
            operation: fault.operation,
            delay: fault.delay,
            action: fault.action,
            answer: answer.transpose()?,
        })
    }
}

/// An answer in place of the service's.
fn canned_answer(status: u16, headers: &[(String, String)], body: Option<String>) -> Result<Answer, FaultError> {
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .ok_or_else(|| FaultError::new("`status` must be a number from 200 to 599"))?;
    let mut answer = Answer::empty(status);
    answer.headers = headers.iter().map(valid_header).collect::<Result<_, _>>()?;
    if let Some(body) = body {
        let parsed: Option<Value> = serde_json::from_str(&body).ok();
        if !answer.headers.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
            answer = answer.with_text(
                header::CONTENT_TYPE,
                match parsed {
                    Some(_) => "application/json",
                    None => "text/plain; charset=utf-8",
                },
            );
        }
        let code = parsed.as_ref().and_then(|value| value.get("error_code"));
        answer.error_code = code.and_then(Value::as_str).map(str::to_owned);
        answer = answer.body(body.into_bytes());
    }
    Ok(answer)
}

fn valid_header((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), FaultError> {
    let parsed = HeaderName::try_from(name.as_str())
        .map_err(|_| FaultError::new(format!("{name:?} is no possible name of a header")))?;
    // The server frames messages itself; a wrong frame is another kind of fault.
    if parsed == header::CONTENT_LENGTH || parsed == header::TRANSFER_ENCODING || parsed == header::CONNECTION {
        return Err(FaultError::new(format!("the header {parsed} is the server's own")));
    }
    let value = HeaderValue::try_from(value.as_str())
        .map_err(|_| FaultError::new(format!("the value of the header {parsed} cannot be sent")))?;
    Ok((parsed, value))
}

#[derive(Default)]
pub(crate) struct Faults(VecDeque<ValidFault>);

impl Faults {
    pub(crate) fn push(&mut self, fault: ValidFault) -> Result<(), FaultError> {
        if self.0.len() >= MAX_FAULTS {
            return Err(FaultError::new(format!("{MAX_FAULTS} faults wait already")));
        }
        let bytes: usize = self.0.iter().chain([&fault]).map(ValidFault::bytes).sum();
        if bytes > MAX_BYTES {
            return Err(FaultError::new(
                "the headers and bodies of the faults that wait are larger than 64 MiB",
            ));
        }
        self.0.push_back(fault);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the fault for a request, if one waits for it.
    pub(crate) fn take(&mut self, operation: Option<&str>) -> Option<ValidFault> {
        let at = self.0.iter().position(|fault| fault.is_meant_for(operation))?;
        let fault = self.0.get_mut(at)?;
        fault.times -= 1;
        if fault.times == 0 {
            self.0.remove(at)
        } else {
            Some(fault.clone())
        }
    }
}
