//! Where generated code and this crate's own meet. Nothing else here knows progenitor-client.
//!
//! The hook may only return `reqwest::Result`, whose error no one outside reqwest can make, and generated code turns a
//! listed error status into a type that has lost the headers. So everything but a clean `200` passes through generated
//! code in a response with a status that no document lists and the error, or the preview, in its extensions.

use http::StatusCode;
use progenitor_client::{ClientHooks, OperationInfo};

use crate::client::preview::Preview;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::generated::client as raw;
use crate::operations::accepted::Accepted;
use crate::transport::response::request_id;
use crate::transport::{Done, Transport};

/// A status that no document can list: documents end at 599.
const TUNNEL: u16 = 999;

impl ClientHooks<Transport> for raw::Client {
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        // Boxed, because it is thousands of bytes long: futures of callers would hold them before they are polled.
        let run = Box::pin(self.inner.run(&self.client, request, info.operation_id));
        Ok(match run.await {
            Ok(Done::Answered(response)) => response,
            Ok(Done::Previewed(preview)) => tunnel(preview),
            Err(error) => tunnel(error),
        })
    }
}

fn tunnel<T: Clone + Send + Sync + 'static>(cargo: T) -> reqwest::Response {
    let mut response = http::Response::new(reqwest::Body::default());
    *response.status_mut() = StatusCode::from_u16(TUNNEL).unwrap_or_default();
    response.extensions_mut().insert(cargo);
    response.into()
}

/// Makes the crate's error of an error of the generated client, whatever its type of body.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_hss::raw::types::RescanVulScanTaskRequestInfo;
/// use huaweicloud_hss::{Client, ErrorKind, raw};
///
/// let client = Client::builder().endpoint("http://127.0.0.1:1").project_id("0123").token("a-token").build()?;
/// let (project_id, task_id) = ("0123".try_into()?, "task-1".try_into()?);
/// let body = RescanVulScanTaskRequestInfo::AllFailedHost;
/// let sent = client.raw().recreate_vul_scan_task(&project_id, &task_id, None, &body).await;
/// let error = raw::into_error(sent.unwrap_err());
/// assert_eq!(error.kind(), ErrorKind::Connect);
/// # Ok(())
/// # }
/// ```
pub fn into_error<E>(error: raw::Error<E>) -> Error {
    let draft = match error {
        raw::Error::UnexpectedResponse(mut response) => {
            if let Some(error) = response.extensions_mut().remove::<Error>() {
                return error;
            }
            ErrorBuilder::new(
                ErrorKind::Protocol,
                Outcome::Unknown,
                "a success that the document does not list",
            )
            .status(response.status().as_u16())
            .request_id(request_id(response.headers()))
        }
        raw::Error::InvalidRequest(reason) => {
            return ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, reason).finish();
        }
        raw::Error::CommunicationError(error) => {
            ErrorBuilder::new(ErrorKind::Internal, Outcome::NotSent, "the request could not be built").source(error)
        }
        raw::Error::InvalidResponsePayload(_, error) => ErrorBuilder::new(
            ErrorKind::Protocol,
            Outcome::Unknown,
            "the answer's content is not what the document says",
        )
        .source(error),
        raw::Error::ErrorResponse(_)
        | raw::Error::InvalidUpgrade(_)
        | raw::Error::ResponseBodyError(_)
        | raw::Error::Custom(_) => ErrorBuilder::new(
            ErrorKind::Internal,
            Outcome::Unknown,
            "an answer passed by the transport's checks",
        ),
    };
    draft.finish()
}

/// Makes the crate's own answer of a generated function's, where the operation answers without content.
///
/// ```no_run
/// # async fn run(client: huaweicloud_hss::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_hss::raw;
///
/// let (project_id, task_id) = ("0123".try_into()?, "task-1".try_into()?);
/// let body = raw::types::RescanVulScanTaskRequestInfo::AllFailedHost;
/// let sent = client.raw().recreate_vul_scan_task(&project_id, &task_id, None, &body).await;
/// println!("{}", raw::accepted(sent)?.request_id().unwrap_or("-"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of the call, by [`into_error`].
pub fn accepted<E>(sent: Result<raw::ResponseValue<()>, raw::Error<E>>) -> Result<Accepted, Error> {
    let value = sent.map_err(into_error)?;
    Ok(Accepted::new(value.status().as_u16(), request_id(value.headers())))
}

/// The request that a call of the generated client would send. Nothing is sent: the client that `call` gets is a copy
/// whose requests stop where they would leave.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_hss::{Client, raw};
///
/// let client = Client::builder().region("cn-north-4").project_id("0123").preview_only().build()?;
/// let body = raw::types::RescanVulScanTaskRequestInfo::AllFailedHost;
/// let (project_id, task_id) = ("0123".try_into()?, "task-1".try_into()?);
/// let preview = raw::preview(client.raw(), async |raw| {
///     raw.recreate_vul_scan_task(&project_id, &task_id, None, &body).await
/// });
/// assert_eq!(preview.await?.body(), r#"{"range_type":"all_failed_host"}"#);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Invalid`] where a value is outside its limits, as it is when the request is sent.
pub async fn preview<T, E>(
    client: &raw::Client,
    call: impl AsyncFnOnce(&raw::Client) -> Result<raw::ResponseValue<T>, raw::Error<E>>,
) -> Result<Preview, Error> {
    let stopped = stopped(client);
    previewed(call(&stopped).await)
}

/// A client whose requests stop where they would leave.
pub(crate) fn stopped(client: &raw::Client) -> raw::Client {
    raw::Client {
        inner: client.inner.previewing(),
        ..client.clone()
    }
}

/// A client whose calls began now.
pub(crate) fn begun(client: &raw::Client) -> raw::Client {
    raw::Client {
        inner: client.inner.begun(),
        ..client.clone()
    }
}

/// A client for the batches of a run.
pub(crate) fn of_a_run(client: &raw::Client) -> raw::Client {
    raw::Client {
        inner: client.inner.of_a_run(),
        ..client.clone()
    }
}

/// What came of a request that was stopped.
pub(crate) fn previewed<T, E>(result: Result<raw::ResponseValue<T>, raw::Error<E>>) -> Result<Preview, Error> {
    let error = match result {
        Err(raw::Error::UnexpectedResponse(mut response)) => match response.extensions_mut().remove::<Preview>() {
            Some(preview) => return Ok(preview),
            None => raw::Error::UnexpectedResponse(response),
        },
        Err(error) => error,
        Ok(_) => {
            let message = "the call went by another client than the one that it was given";
            return Err(ErrorBuilder::new(ErrorKind::Internal, Outcome::Unknown, message).finish());
        }
    };
    Err(into_error(error))
}
