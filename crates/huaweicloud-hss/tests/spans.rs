//! What OpenTelemetry gets to see of a call.
#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use huaweicloud_hss::Client;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use testkit::{Fault, Phase, Server, Termination, answer_bytes};
use tracing_subscriber::layer::SubscriberExt as _;

const TOKEN: &str = "a-secret-token";

/// The span of a call that is dropped after a time.
async fn span(server: &Server, limit: Duration) -> SpanData {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let client = Client::builder()
        .endpoint(format!("{}/base", server.endpoint()))
        .project_id("p")
        .token(TOKEN);
    let request = client.build().unwrap().retry_task("t").all_failed_clusters();
    let _ = tokio::time::timeout(limit, request.header("x-custom", "a-secret-header").send()).await;
    drop(guard);
    let spans = exporter.get_finished_spans().unwrap();
    let shown = format!("{spans:?}");
    assert!(!shown.contains("a-secret"), "{shown}");
    let calls = spans.into_iter().filter(|span| span.span_kind == SpanKind::Client);
    let calls: Vec<SpanData> = calls.collect();
    assert_eq!(calls.len(), 1, "{shown}");
    calls.into_iter().next().unwrap()
}

fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let attributes = span.attributes.iter();
    attributes
        .map(|pair| (pair.key.to_string(), pair.value.to_string()))
        .collect()
}

async fn answered(status: u16) -> (SpanData, BTreeMap<String, String>, String) {
    let id = [("x-request-id".to_owned(), "r-1".to_owned())];
    let server = Server::start([answer_bytes(status, &id, b"")]).await;
    let span = span(&server, Duration::from_secs(60)).await;
    let attributes = attributes(&span);
    (span, attributes, server.address().port().to_string())
}

#[tokio::test]
async fn a_success_has_the_conventional_attributes() {
    let (span, attributes, port) = answered(200).await;
    assert_eq!(
        (span.name.as_ref(), span.status),
        ("PUT /base/v5/{project_id}/common/tasks/{task_id}/retry", Status::Unset)
    );
    for (name, value) in [
        ("http.request.method", "PUT"),
        ("http.response.status_code", "200"),
        ("server.address", "127.0.0.1"),
        ("server.port", port.as_str()),
        ("url.template", "/base/v5/{project_id}/common/tasks/{task_id}/retry"),
        ("operation", "retry_task"),
        ("request_id", "r-1"),
        ("outcome", "accepted"),
        ("attempts", "1"),
    ] {
        assert_eq!(attributes.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!attributes.contains_key("error.type"), "{attributes:?}");
}

#[tokio::test]
async fn a_failure_is_an_error() {
    let (span, attributes, _) = answered(503).await;
    assert_eq!(span.status, Status::error(""));
    for (name, value) in [
        ("error.type", "503"),
        ("http.response.status_code", "503"),
        ("outcome", "unknown"),
        ("attempts", "1"),
    ] {
        assert_eq!(attributes.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_dropped_call_says_so() {
    let (at, by) = (Phase::Status, Termination::Stall);
    let server = Server::start([Fault::Break { at, by }]).await;
    let span = span(&server, Duration::from_millis(300)).await;
    let attributes = attributes(&span);
    assert_eq!(span.status, Status::error(""));
    assert_eq!(attributes["error.type"], "dropped");
    assert_eq!(attributes["outcome"], "dropped");
    assert!(!attributes.contains_key("http.response.status_code"));
}
