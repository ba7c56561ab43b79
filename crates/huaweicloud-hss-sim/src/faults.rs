//! Faults that stand in for answers, so that a client's failures can be tried.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use crate::error::FaultError;
use crate::http::answer::Answer;
use crate::iam::{self, metadata};

/// Faults that wait at the same time.
const MAX_FAULTS: usize = 1_000;

/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(3600);

/// What becomes of an answer in place of being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Reset,
    Stall,
    Truncate,
}

impl Action {
    /// As it stands in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Stall => "stall",
            Self::Truncate => "truncate",
        }
    }
}

/// What happens to the next requests instead of, or before, the usual answer.
///
/// A fault with a status answers in place of the service: nothing of the request is checked or carried out. A fault
/// with a delay alone lets the service act at once and holds its answer back, as a slow network does.
///
/// [`Fault::reset`], [`Fault::stall`] and [`Fault::truncate`] let the service act, so that the client cannot know whether
/// it did, which is the case that hurts; with [`Fault::unacted`] it does not. What the service did stands in
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
/// let in_doubt = Fault::reset();
/// let in_doubt_for_nothing = Fault::reset().unacted();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    times: u64,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Option<String>,
    delay: Duration,
    operation: Option<String>,
    action: Option<Action>,
    unacted: bool,
}

impl Fault {
    /// Answers with a status from 200 to 599, for one request.
    #[must_use]
    pub fn answer(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::delay(Duration::ZERO)
        }
    }

    /// Holds the answer back, for one request. At most an hour.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self {
            times: 1,
            status: None,
            headers: Vec::new(),
            body: None,
            delay,
            operation: None,
            action: None,
            unacted: false,
        }
    }

    /// Resets the connection (RST) of one request in place of answering, after the service has acted.
    #[must_use]
    pub fn reset() -> Self {
        Self::action(Action::Reset)
    }

    /// Never answers one request, although the service has acted; until the client goes, or the simulator stops and
    /// resets the connection.
    #[must_use]
    pub fn stall() -> Self {
        Self::action(Action::Stall)
    }

    /// Ends the answer to one request too early, after the service has acted: `Content-Length` promises the whole body
    /// and half of it comes. Of an empty body, one byte is promised that does not come.
    #[must_use]
    pub fn truncate() -> Self {
        Self::action(Action::Truncate)
    }

    fn action(action: Action) -> Self {
        Self {
            action: Some(action),
            ..Self::delay(Duration::ZERO)
        }
    }

    /// The service does not act before [`Fault::reset`], [`Fault::stall`] or [`Fault::truncate`]: nothing of the request
    /// is checked or carried out. An answer that is truncated is then an empty 200.
    #[must_use]
    pub fn unacted(mut self) -> Self {
        self.unacted = true;
        self
    }

    /// How many requests it happens to.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body of the answer. Without a header that says otherwise it goes out as JSON where it is JSON, else as
    /// plain text.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Holds the answer back.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Happens only to requests for this operation: an `operationId`, or one of the names that
    /// [`RecordedRequest::operation`](crate::RecordedRequest::operation) lists.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }
}

/// A fault whose answer can be sent as it is.
#[derive(Clone, Debug)]
pub(crate) struct ValidFault {
    times: u64,
    operation: Option<String>,
    pub(crate) delay: Duration,
    pub(crate) action: Option<Action>,
    /// `None` leaves the answer to the service.
    answer: Option<CannedResponse>,
}

/// Whether a request is for one of the routes that serve signing in: their names, as the request log has them.
pub(crate) fn is_sign_in(operation: &str) -> bool {
    [
        iam::TOKEN_OPERATION,
        iam::PROJECTS_OPERATION,
        metadata::TOKEN_OPERATION,
        metadata::KEY_OPERATION,
    ]
    .contains(&operation)
}

/// An answer in place of the service's.
#[derive(Clone, Debug)]
struct CannedResponse {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<String>,
}

impl ValidFault {
    pub(crate) fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    fn is_meant_for(&self, operation: Option<&str>) -> bool {
        match &self.operation {
            Some(wanted) => operation == Some(wanted),
            None => !operation.is_some_and(is_sign_in),
        }
    }

    /// The answer in place of the service's.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let CannedResponse { status, headers, body } = self.answer.as_ref()?;
        let mut answer = Answer::empty(*status);
        answer.headers = headers.clone();
        if let Some(body) = body {
            let parsed: Option<Value> = serde_json::from_str(body).ok();
            if !headers.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
                let kind = if parsed.is_some() {
                    "application/json"
                } else {
                    "text/plain; charset=utf-8"
                };
                answer = answer.with(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            }
            let code = parsed
                .as_ref()
                .and_then(|value| value.get("error_code"))
                .and_then(Value::as_str);
            answer.error_code = code.map(str::to_owned);
            answer = answer.body(body.clone().into_bytes());
        }
        Some(answer)
    }
}

impl TryFrom<Fault> for ValidFault {
    type Error = FaultError;

    fn try_from(fault: Fault) -> Result<Self, FaultError> {
        if fault.times == 0 {
            return Err(FaultError::new("`times` must be at least 1"));
        }
        if fault.delay > MAX_DELAY {
            return Err(FaultError::new("`delay_ms` must be at most an hour"));
        }
        if fault.action.is_some() && fault.status.is_some() {
            return Err(FaultError::new("a fault has a `status` or an `action`, not both"));
        }
        if fault.action.is_none() && fault.unacted {
            return Err(FaultError::new("`acted` needs an `action` to go with"));
        }
        if fault.status.is_none() && (fault.body.is_some() || !fault.headers.is_empty()) {
            return Err(FaultError::new("`headers` and `body` need a `status` to go with"));
        }
        // Whoever did not act has nothing to say, should it come through in part.
        let answer = match fault.status.or(fault.unacted.then_some(200)) {
            Some(status @ 200..=599) => {
                let status = StatusCode::from_u16(status)
                    .map_err(|_| FaultError::new("`status` must be a number from 200 to 599"))?;
                let headers = fault.headers.iter().map(prepared_header).collect::<Result<_, _>>()?;
                Some(CannedResponse {
                    status,
                    headers,
                    body: fault.body,
                })
            }
            Some(_) => return Err(FaultError::new("`status` must be a number from 200 to 599")),
            None if fault.delay.is_zero() && fault.action.is_none() => {
                return Err(FaultError::new("a fault needs a `status`, an `action` or a `delay_ms`"));
            }
            None => None,
        };
        Ok(Self {
            times: fault.times,
            operation: fault.operation,
            delay: fault.delay,
            action: fault.action,
            answer,
        })
    }
}

fn prepared_header((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), FaultError> {
    let parsed = HeaderName::try_from(name.as_str())
        .map_err(|_| FaultError::new(format!("{name:?} is no possible name of a header")))?;
    // The server writes the frame of a message itself; a wrong frame is another kind of fault.
    if parsed == header::CONTENT_LENGTH || parsed == header::TRANSFER_ENCODING || parsed == header::CONNECTION {
        return Err(FaultError::new(format!("the header {parsed} is the server's own")));
    }
    let value = HeaderValue::try_from(value.as_str())
        .map_err(|_| FaultError::new(format!("the value of the header {parsed} cannot be sent")))?;
    Ok((parsed, value))
}

/// The faults that wait.
#[derive(Default)]
pub(crate) struct Faults(VecDeque<ValidFault>);

impl Faults {
    pub(crate) fn push(&mut self, fault: ValidFault) -> Result<(), FaultError> {
        if self.0.len() >= MAX_FAULTS {
            return Err(FaultError::new(format!("{MAX_FAULTS} faults wait already")));
        }
        self.0.push_back(fault);
        Ok(())
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

/// A fault as `POST /_sim/faults` takes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultSpec {
    #[serde(default = "one")]
    times: u64,
    status: Option<u16>,
    #[serde(default, deserialize_with = "crate::service::unique::keys")]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    delay_ms: u64,
    operation: Option<String>,
    action: Option<Action>,
    #[serde(default = "yes")]
    acted: bool,
}

fn one() -> u64 {
    1
}

fn yes() -> bool {
    true
}

/// Reads a fault from JSON.
pub(crate) fn from_json(body: &[u8]) -> Result<ValidFault, FaultError> {
    // First as an object: a list with the values in their order would be taken too.
    let _: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| FaultError::new(format!("a fault is a JSON object: {error}")))?;
    let written: FaultSpec = serde_json::from_slice(body).map_err(|error| FaultError::new(error.to_string()))?;
    ValidFault::try_from(Fault {
        times: written.times,
        status: written.status,
        headers: written.headers.into_iter().collect(),
        body: written.body.map(|body| match body {
            Value::String(text) => text,
            other => other.to_string(),
        }),
        delay: Duration::from_millis(written.delay_ms),
        operation: written.operation,
        action: written.action,
        unacted: !written.acted,
    })
}
