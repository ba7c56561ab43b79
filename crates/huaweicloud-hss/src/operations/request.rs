//! One request for every operation.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use crate::bounded::id;
use crate::client::Client;
use crate::error::{Error, Outcome};
use crate::generated::client::types::{EnterpriseProjectId, ErrorResponse, ProjectId};
use crate::generated::client::{self as raw, ResponseValue};
use crate::generated::constants;
#[cfg(feature = "tasks")]
use crate::generated::tasks::constants as tasks;
use crate::named;
use crate::names::names;
use crate::preview::Preview;
use crate::transport::context::{CallContext, Deadline, Mode};
use crate::transport::custom_headers::CustomHeaders;
use crate::transport::hooks::{into_error, previewed};
use crate::transport::retry_policy::RetryPolicy;

/// An operation of the service with its parameters. The crate implements it for the operations that it knows; it cannot
/// be implemented elsewhere.
pub trait Operation: Call {}

impl<O: Call> Operation for O {}

/// What sets one operation apart from the others.
pub trait Call: fmt::Debug + Clone + Send {
    /// The operation.
    const ID: OperationId;

    /// The parameters of the generated function that only this operation has, within their limits.
    type Parameters: Send + Sync;

    /// The content of a success, as the generated code has it.
    type Content;

    /// What the caller gets of it.
    type Output;

    fn check(self) -> Result<Self::Parameters, Error>;

    /// The ids of the servers or clusters that a refusal can be about.
    fn ids(_: &Self::Parameters) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    fn output(content: ResponseValue<Self::Content>) -> Self::Output;

    /// Calls the generated function of a client that has this context.
    fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        parameters: &Self::Parameters,
    ) -> impl Future<Output = Result<ResponseValue<Self::Content>, raw::Error<ErrorResponse>>> + Send;
}

/// The name of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationId {
    /// [`Client::recreate_vul_scan_task`].
    RecreateVulScanTask,
    /// [`Client::retry_task`].
    RetryTask,
    /// [`Client::vul_scan_tasks`].
    #[cfg(feature = "tasks")]
    ListVulScanTask,
    /// [`Client::vul_scan_task_hosts`].
    #[cfg(feature = "tasks")]
    ListVulScanTaskHost,
    /// [`Client::tasks`].
    #[cfg(feature = "tasks")]
    ListTasks,
    /// [`Client::task_resources`].
    #[cfg(feature = "tasks")]
    ListTaskResources,
}

/// The kind of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// A vulnerability scan task, which scans servers.
    Servers,
    /// A cluster scan task.
    Clusters,
}

impl OperationId {
    /// The kind of the tasks whose scans the operation repeats; `None` where it repeats none.
    #[cfg(feature = "tasks")]
    pub fn repeats(self) -> Option<TaskKind> {
        self.task_kind()
    }

    pub(crate) fn task_kind(self) -> Option<TaskKind> {
        match self {
            Self::RecreateVulScanTask => Some(TaskKind::Servers),
            Self::RetryTask => Some(TaskKind::Clusters),
            #[cfg(feature = "tasks")]
            Self::ListVulScanTask | Self::ListVulScanTaskHost | Self::ListTasks | Self::ListTaskResources => None,
        }
    }

    /// The number of calls that the gateway accepts in a minute from one user or address.
    pub(crate) fn calls_per_minute(self) -> u32 {
        match self {
            Self::RecreateVulScanTask => constants::RECREATE_VUL_SCAN_TASK_CALLS_PER_MINUTE_PER_USER,
            Self::RetryTask => constants::RETRY_TASK_CALLS_PER_MINUTE_PER_USER,
            #[cfg(feature = "tasks")]
            Self::ListVulScanTask => tasks::LIST_VUL_SCAN_TASK_CALLS_PER_MINUTE_PER_USER,
            #[cfg(feature = "tasks")]
            Self::ListVulScanTaskHost => tasks::LIST_VUL_SCAN_TASK_HOST_CALLS_PER_MINUTE_PER_USER,
            #[cfg(feature = "tasks")]
            Self::ListTasks => tasks::LIST_TASKS_CALLS_PER_MINUTE_PER_USER,
            #[cfg(feature = "tasks")]
            Self::ListTaskResources => tasks::LIST_TASK_RESOURCES_CALLS_PER_MINUTE_PER_USER,
        }
    }
}

names!(OperationId, "operation", {
    RecreateVulScanTask => "recreate_vul_scan_task",
    RetryTask => "retry_task",
    #[cfg(feature = "tasks")]
    ListVulScanTask => "list_vul_scan_task",
    #[cfg(feature = "tasks")]
    ListVulScanTaskHost => "list_vul_scan_task_host",
    #[cfg(feature = "tasks")]
    ListTasks => "list_tasks",
    #[cfg(feature = "tasks")]
    ListTaskResources => "list_task_resources",
});

/// A request of one operation, which can be sent or previewed. It owns a clone of the client, so it can be moved into a
/// task.
///
/// Awaiting it sends it.
///
/// ```no_run
/// # async fn run(client: huaweicloud_hss::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// let request = client.recreate_vul_scan_task("task-1").all_failed_hosts().timeout(Duration::from_secs(60));
/// let accepted = tokio::spawn(request.into_future()).await??;
/// println!("{}", accepted.request_id().unwrap_or("-"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent until the request is awaited or sent"]
pub struct Request<O> {
    client: Client,
    /// Methods of single operations change it.
    pub(super) operation: O,
    enterprise_project_id: Option<String>,
    timeout: Option<Duration>,
    retry_policy: Option<RetryPolicy>,
    headers: CustomHeaders,
    attempts: Option<Arc<AtomicU32>>,
}

/// The parameters of a call that were checked.
struct Checked<P> {
    enterprise_project_id: Option<EnterpriseProjectId>,
    parameters: P,
}

impl<O: Operation> Request<O> {
    pub(crate) fn new(client: Client, operation: O) -> Self {
        Self {
            client,
            operation,
            enterprise_project_id: None,
            timeout: None,
            retry_policy: None,
            headers: CustomHeaders::default(),
            attempts: None,
        }
    }

    /// The operation that the request is for.
    pub fn operation(&self) -> OperationId {
        O::ID
    }

    /// The enterprise project that holds the servers or clusters, 1 to 256 characters; `all_granted_eps` means all of
    /// them. Left out, the service takes `0`, the default one. The id obeys the [rule for ids](crate#ids).
    pub fn enterprise_project_id(mut self, id: impl Into<String>) -> Self {
        self.enterprise_project_id = Some(id.into());
        self
    }

    /// The time limit of this call, in place of the [client's](crate::ClientBuilder::timeout). It covers all attempts,
    /// the waits between them, and the look-ups of credentials and project. When it passes, the error's
    /// [`outcome`](Error::outcome) says whether the service may have acted; a limit around the future would lose that.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When this call is retried, in place of the [client's](crate::ClientBuilder::retry_policy) policy.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = Some(policy);
        self
    }

    /// Sends a header, such as `traceparent`, in place of one of the same name. It is not signed, and a
    /// [`preview`](Self::preview) shows its value. Sending refuses a name that HTTP, the client or the signer sets, such
    /// as `Host`, `Content-Type`, `Authorization` or `X-Sdk-Date`.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.headers.insert(name.as_ref(), value.as_ref());
        self
    }

    /// Keeps the number of attempts in `counter`, from the moment that each begins. A call that is dropped has no
    /// [`Error`]: where the number is 0 nothing was sent, and otherwise the service may have acted.
    ///
    /// ```no_run
    /// # async fn run(client: huaweicloud_hss::Client, stop: impl Future<Output = ()>) -> Result<(), huaweicloud_hss::Error> {
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// let attempts = Arc::new(AtomicU32::new(0));
    /// let request = client.retry_task("task-1").all_failed_clusters().count_attempts(&attempts);
    /// tokio::select! {
    ///     accepted = request.send() => println!("{:?}", accepted?),
    ///     () = stop => match attempts.load(Ordering::Relaxed) {
    ///         0 => println!("nothing was sent"),
    ///         _ => println!("the scans may have started"),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn count_attempts(mut self, counter: &Arc<AtomicU32>) -> Self {
        self.attempts = Some(Arc::clone(counter));
        self
    }

    /// Sends the request. It is retried where the service did not act on it for certain and the [`RetryPolicy`] allows
    /// it, and once more where the gateway asks for a new token and the provider has one.
    ///
    /// # Errors
    /// [`Error`] says what went wrong, and by its [`outcome`](Error::outcome) whether the scans may have started all
    /// the same.
    pub async fn send(self) -> Result<O::Output, Error> {
        let context = self.context()?;
        self.send_in(context).await
    }

    /// Sends the request as one of a bulk run, which itself decides what becomes of a batch that has left.
    pub(crate) async fn send_as_batch(self) -> Result<O::Output, Error> {
        let context = self.context()?;
        let retry_policy = context.retry_policy.for_batch();
        self.send_in(CallContext {
            retry_policy,
            // At the pace of the quota a connection rests longer than many gateways keep it.
            closes_connection: true,
            ..context
        })
        .await
    }

    async fn send_in(self, context: CallContext) -> Result<O::Output, Error> {
        let client = self.client.clone();
        let checked = self.check()?;
        let project_id = client.project().id(context.deadline).await?;
        // Boxed, as the transport's is: callers hold this future before it is polled.
        let sent = Box::pin(call::<O>(&client, context, &project_id, &checked)).await;
        let sent = sent.map(O::output).map_err(into_error);
        sent.map_err(|error| with_named_id(error, O::ids(&checked.parameters)))
    }

    /// The request that [`send`](Self::send) would send; nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where a value is outside its limits, as for `send`, or where
    /// the client has no project id: a preview looks none up.
    pub async fn preview(self) -> Result<Preview, Error> {
        let context = CallContext {
            mode: Mode::Preview,
            ..self.context()?
        };
        let client = self.client.clone();
        let project_id = client.project().configured()?;
        let checked = self.check()?;
        previewed(call::<O>(&client, context, project_id, &checked).await)
    }

    fn context(&self) -> Result<CallContext, Error> {
        let mut context = self.client.raw().inner.context();
        context.attempts.clone_from(&self.attempts);
        if let Some(timeout) = self.timeout {
            if timeout.is_zero() {
                return Err(Error::invalid("timeout", "0 found, a time is needed"));
            }
            context.deadline = Deadline::after(timeout);
        }
        if let Some(policy) = self.retry_policy {
            context.retry_policy = policy.checked()?;
        }
        context.headers.extend(self.headers.clone().checked()?);
        Ok(context)
    }

    fn check(self) -> Result<Checked<O::Parameters>, Error> {
        let parameters = self.operation.check()?;
        let enterprise_project_id = self.enterprise_project_id.map(id).transpose();
        Ok(Checked {
            enterprise_project_id: enterprise_project_id
                .map_err(|reason| Error::invalid("enterprise_project_id", reason))?,
            parameters,
        })
    }
}

/// The hint of a refusal whose message names an id of the request is about that id.
fn with_named_id<'a>(error: Error, mut ids: impl Iterator<Item = &'a str>) -> Error {
    if error.outcome() != Outcome::Refused {
        return error;
    }
    match ids.find(|id| named::names(error.message(), id)) {
        Some(id) => error.with_hint(format!("leave {id} out, or check that the task has it")),
        None => error,
    }
}

async fn call<O: Operation>(
    client: &Client,
    context: CallContext,
    project_id: &ProjectId,
    checked: &Checked<O::Parameters>,
) -> Result<ResponseValue<O::Content>, raw::Error<ErrorResponse>> {
    let enterprise_project_id = checked.enterprise_project_id.as_ref();
    O::call(client, context, project_id, enterprise_project_id, &checked.parameters).await
}

impl<O: Operation + 'static> IntoFuture for Request<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<O: fmt::Debug> fmt::Debug for Request<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("enterprise_project_id", &self.enterprise_project_id)
            .field("timeout", &self.timeout)
            .field("retry_policy", &self.retry_policy)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
