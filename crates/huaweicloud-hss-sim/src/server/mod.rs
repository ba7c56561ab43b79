//! The HTTP server: from a request on the wire to an answer on the wire.

mod body;
mod control;
pub(crate) mod gateway;
mod route;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::serve::Listener;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::faults::Action;
use crate::http::answer::new_request_id;
use crate::http::connection::{ConnectionControl, Controlled, Stream};
use body::ReceivedBody;

/// Maximum concurrent connections. Further ones wait for one of them to end.
const MAX_CONNECTIONS: usize = 256;

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(60);

/// Serves in a task of its own until the simulator stops.
pub(crate) fn spawn<L>(listener: L, app: Arc<App>) -> JoinHandle<()>
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Stream,
{
    // A router with nothing but a fallback: it must not interpret the path.
    let router = Router::new().fallback(handle).with_state(Arc::clone(&app));
    let service = router.into_make_service_with_connect_info::<ConnectionControl>();
    tokio::spawn(async move {
        let served = axum::serve(Controlled::new(listener, MAX_CONNECTIONS), service)
            .with_graceful_shutdown(async move { app.stopped().await })
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the server ended");
        }
    })
}

async fn handle(
    State(app): State<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<ConnectionControl>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = new_request_id();
    let _request = connection.begin_request();
    let body = tokio::time::timeout(BODY_TIME, ReceivedBody::read(&parts, body)).await;
    let body = body.unwrap_or(ReceivedBody::Broken);
    if control::owns(parts.uri.path()) {
        return control::answer(&app, &parts, body.bytes()).into_response(&request_id, &app.clock);
    }
    let outcome = gateway::answer(&app, &parts, &body, &request_id);
    gateway::record(&app, &parts, &body, &outcome);
    // The path by `Debug`, which escapes; headers and bodies not at all, because they hold secrets.
    tracing::info!(
        method = %parts.method,
        path = ?parts.uri.path(),
        operation = outcome.operation.as_deref().unwrap_or("-"),
        status = outcome.status(),
        fault = outcome.action.map(Action::as_str),
        error_code = ?outcome.answer.error_code.as_deref().unwrap_or("-"),
        request_id = %request_id,
        "request"
    );
    // After the recording: a client that gives up while it waits must find its request in the log.
    app.wait(outcome.delay).await;
    match outcome.action {
        None => {}
        Some(Action::Truncate) => return outcome.answer.into_truncated(&request_id, &app.clock),
        Some(Action::Reset) => connection.reset(),
        Some(Action::Stall) => {
            // The HTTP server drops this when the client goes.
            app.stopped().await;
            connection.reset();
        }
    }
    outcome.answer.into_response(&request_id, &app.clock)
}
