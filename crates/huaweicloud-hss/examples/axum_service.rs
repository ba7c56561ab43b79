//! A service that rescans the failed servers of a task: `POST /tasks/{task_id}/rescan`.
//!
//! It hands the caller's `traceparent` on, and tells its caller whether to repeat.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use huaweicloud_hss::auth::provider::DefaultChain;
use huaweicloud_hss::{Client, Outcome};

async fn rescan(
    State(client): State<Client>,
    Path(task_id): Path<String>,
    headers: HeaderMap,
) -> Result<String, (StatusCode, String)> {
    let mut request = client.recreate_vul_scan_task(task_id).all_failed_hosts();
    if let Some(parent) = headers.get("traceparent").and_then(|parent| parent.to_str().ok()) {
        request = request.header("traceparent", parent);
    }
    // Not a limit around the future: that would lose the outcome.
    match request.timeout(Duration::from_secs(10)).await {
        Ok(accepted) => Ok(accepted.request_id().unwrap_or_default().to_owned()),
        Err(error) => {
            let status = match error.outcome() {
                Outcome::Unknown => StatusCode::BAD_GATEWAY,
                Outcome::NotSent | Outcome::Refused | Outcome::NoEffect => StatusCode::SERVICE_UNAVAILABLE,
            };
            Err((status, format!("{error}; outcome: {}", error.outcome())))
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let region = "cn-north-4";
    let provider = DefaultChain::new().region(region).build()?;
    let client = Client::builder()
        .region(region)
        .credentials_provider(provider)
        .build()?;
    let app = Router::new()
        .route("/tasks/{task_id}/rescan", post(rescan))
        .with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
