//! The hooks of the generated client of the operations that read tasks.

use progenitor_client::{ClientHooks, OperationInfo};

use super::Transport;
use super::context::{CallContext, Mode};
use super::hooks::{exec, previewed};
use crate::error::Error;
use crate::generated::tasks::client as raw;
use crate::preview::Preview;

impl ClientHooks<Transport> for raw::Client {
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        exec(&self.inner, &self.client, request, info).await
    }
}

/// The generated client for the requests of one call.
pub(crate) fn with_context(client: &raw::Client, context: CallContext) -> raw::Client {
    raw::Client {
        inner: client.inner.with_context(context),
        ..client.clone()
    }
}

/// The request that a call of the generated client would send, as [`raw::preview`](crate::raw::preview) shows it.
///
/// # Errors
/// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the closure used another client than the one that it was
/// given.
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
