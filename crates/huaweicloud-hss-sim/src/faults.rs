//! Faults that stand in for answers, so that a client's failures can be tried.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::error::FaultError;
use crate::{iam, metadata};

/// Faults that wait at the same time.
const MOST_FAULTS: usize = 1_000;

/// The longest delay.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// Actions that are known by name but not simulated.
const OTHER_ACTIONS: [&str; 3] = ["reset", "stall", "truncate"];

/// What happens to the next requests instead of, or before, the usual answer.
///
/// A fault with a status answers in place of the service: nothing of the request is checked or carried out. A fault
/// with a delay alone lets the service act at once and holds its answer back, as a slow network does.
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
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    times: u64,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Option<String>,
    delay: Duration,
    operation: Option<String>,
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
        }
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
pub(crate) struct Prepared {
    times: u64,
    operation: Option<String>,
    pub(crate) delay: Duration,
    /// `None` leaves the answer to the service.
    answer: Option<StandIn>,
}

/// Whether a request is for one of the routes that serve signing in: their names, as the journal has them.
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
struct StandIn {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<String>,
}

impl Prepared {
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
        let StandIn { status, headers, body } = self.answer.as_ref()?;
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

impl TryFrom<Fault> for Prepared {
    type Error = FaultError;

    fn try_from(fault: Fault) -> Result<Self, FaultError> {
        if fault.times == 0 {
            return Err(FaultError::new("`times` must be at least 1"));
        }
        if fault.delay > LONGEST_DELAY {
            return Err(FaultError::new("`delay_ms` must be at most an hour"));
        }
        let answer = match fault.status {
            Some(status @ 200..=599) => {
                let status = StatusCode::from_u16(status)
                    .map_err(|_| FaultError::new("`status` must be a number from 200 to 599"))?;
                let headers = fault.headers.iter().map(prepared_header).collect::<Result<_, _>>()?;
                Some(StandIn {
                    status,
                    headers,
                    body: fault.body,
                })
            }
            Some(_) => return Err(FaultError::new("`status` must be a number from 200 to 599")),
            None if fault.body.is_some() || !fault.headers.is_empty() => {
                return Err(FaultError::new("`headers` and `body` need a `status` to go with"));
            }
            None if fault.delay.is_zero() => {
                return Err(FaultError::new("a fault needs a `status`, a `delay_ms` or both"));
            }
            None => None,
        };
        Ok(Self {
            times: fault.times,
            operation: fault.operation,
            delay: fault.delay,
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
pub(crate) struct Faults(VecDeque<Prepared>);

impl Faults {
    pub(crate) fn push(&mut self, fault: Prepared) -> Result<(), FaultError> {
        if self.0.len() >= MOST_FAULTS {
            return Err(FaultError::new(format!("{MOST_FAULTS} faults wait already")));
        }
        self.0.push_back(fault);
        Ok(())
    }

    /// Takes the fault for a request, if one waits for it.
    pub(crate) fn take(&mut self, operation: Option<&str>) -> Option<Prepared> {
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
struct Written {
    #[serde(default = "one")]
    times: u64,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    delay_ms: u64,
    operation: Option<String>,
    action: Option<String>,
}

fn one() -> u64 {
    1
}

/// Reads a fault from JSON.
pub(crate) fn from_json(body: &[u8]) -> Result<Prepared, FaultError> {
    // By way of an object: a list with the values in their order would be taken too.
    let object: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| FaultError::new(format!("a fault is a JSON object: {error}")))?;
    let written: Written =
        serde_json::from_value(Value::Object(object)).map_err(|error| FaultError::new(error.to_string()))?;
    if let Some(action) = written.action {
        return Err(FaultError::new(if OTHER_ACTIONS.contains(&action.as_str()) {
            format!("the action `{action}` is not simulated by this version")
        } else {
            format!("there is no action {action:?}")
        }));
    }
    Prepared::try_from(Fault {
        times: written.times,
        status: written.status,
        headers: written.headers.into_iter().collect(),
        body: written.body.map(|body| match body {
            Value::String(text) => text,
            other => other.to_string(),
        }),
        delay: Duration::from_millis(written.delay_ms),
        operation: written.operation,
    })
}
