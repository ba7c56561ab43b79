//! Where the generated code and this crate meet. Only the hooks and the generated code import progenitor-client.
//!
//! A hook may only return `reqwest::Result`, whose error nothing outside reqwest can make, and generated code turns a
//! listed error status into a type without the headers. So everything but a success passes through the generated code
//! as a response with a status that no document lists, with the error or the preview in its extensions.

use http::StatusCode;
use huaweicloud_auth::sanitize::Sanitizer;
use huaweicloud_auth::service::request_id;
use progenitor_client::{ClientHooks, OperationInfo};

use super::attempts::attempts;
use super::context::{CallContext, Mode};
use super::{Output, Transport};
use crate::accepted::Accepted;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::generated::client as raw;
use crate::preview::Preview;

/// A status that no document can list: documents end at 599.
const TUNNEL: u16 = 999;

impl ClientHooks<Transport> for raw::Client {
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        exec(&self.inner, &self.client, request, info).await
    }
}

/// The hook of every generated client.
pub(super) async fn exec(
    transport: &Transport,
    client: &reqwest::Client,
    request: reqwest::Request,
    info: &OperationInfo,
) -> reqwest::Result<reqwest::Response> {
    // Boxed, because it is thousands of bytes long: the futures of callers would hold them before they are polled.
    let run = Box::pin(transport.run(client, request, info.operation_id));
    Ok(match run.await {
        Ok(Output::Response(response)) => response,
        Ok(Output::Preview(preview)) => tunnel(preview),
        Err(error) => tunnel(error),
    })
}

fn tunnel<T: Clone + Send + Sync + 'static>(value: T) -> reqwest::Response {
    let mut response = http::Response::new(reqwest::Body::default());
    *response.status_mut() = StatusCode::from_u16(TUNNEL).unwrap_or_default();
    response.extensions_mut().insert(value);
    response.into()
}

/// An answer without content. progenitor's function of this name copies the headers.
pub(crate) fn empty(mut response: reqwest::Response) -> raw::ResponseValue<()> {
    let headers = std::mem::take(response.headers_mut());
    raw::ResponseValue::new((), response.status(), headers)
}

/// The generated client for the requests of one call.
pub(crate) fn with_context(client: &raw::Client, context: CallContext) -> raw::Client {
    raw::Client {
        inner: client.inner.with_context(context),
        ..client.clone()
    }
}

/// Converts an error of the generated client, whatever the type of its body.
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
    let unknown = |message: &str| ErrorBuilder::new(ErrorKind::Protocol, Outcome::Unknown, message);
    let builder = match error {
        raw::Error::UnexpectedResponse(mut response) => {
            if let Some(error) = response.extensions_mut().remove::<Error>() {
                return error;
            }
            unknown("undocumented success status")
                .with_status(response.status().as_u16())
                .with_request_id(request_id(response.headers(), &Sanitizer::default()))
        }
        raw::Error::InvalidRequest(reason) => ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, reason),
        raw::Error::CommunicationError(error) => {
            ErrorBuilder::internal("the request could not be built").with_source(error)
        }
        raw::Error::InvalidResponsePayload(_, error) => {
            // Only operations that read respond with content.
            let message = "the content of the response is not what the document says";
            ErrorBuilder::new(ErrorKind::Protocol, Outcome::NoEffect, message).with_source(error)
        }
        raw::Error::ErrorResponse(_)
        | raw::Error::InvalidUpgrade(_)
        | raw::Error::ResponseBodyError(_)
        | raw::Error::Custom(_) => ErrorBuilder::new(
            ErrorKind::Internal,
            Outcome::Unknown,
            "a response bypassed the checks of the transport",
        ),
    };
    builder.build()
}

impl<E> From<raw::Error<E>> for Error {
    fn from(error: raw::Error<E>) -> Self {
        into_error(error)
    }
}

/// Converts the result of a generated function whose operation answers without content.
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
    Ok(accepted_value(&sent.map_err(into_error)?))
}

/// What a success without content says.
pub(crate) fn accepted_value(value: &raw::ResponseValue<()>) -> Accepted {
    let headers = value.headers();
    Accepted::new(request_id(headers, &Sanitizer::default()), attempts(headers))
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
/// [`ErrorKind::Internal`] where the closure used another client than the one that it was given.
pub async fn preview<T, E>(
    client: &raw::Client,
    call: impl AsyncFnOnce(&raw::Client) -> Result<raw::ResponseValue<T>, raw::Error<E>>,
) -> Result<Preview, Error> {
    let context = CallContext {
        mode: Mode::Preview,
        ..client.inner.context()
    };
    previewed(call(&with_context(client, context)).await)
}

/// What a call in the mode [`Mode::Preview`] came to.
pub(crate) fn previewed<T, E>(result: Result<raw::ResponseValue<T>, raw::Error<E>>) -> Result<Preview, Error> {
    let error = match result {
        Err(raw::Error::UnexpectedResponse(mut response)) => match response.extensions_mut().remove::<Preview>() {
            Some(preview) => return Ok(preview),
            None => raw::Error::UnexpectedResponse(response),
        },
        Err(error) => error,
        Ok(_) => {
            let message = "preview: the closure used a different client";
            return Err(ErrorBuilder::new(ErrorKind::Internal, Outcome::Unknown, message).build());
        }
    };
    Err(error.into())
}
