//! What a service does with requests: headers of its own, options of one call, tasks, mocks.

use std::time::Duration;

use huaweicloud_hss::raw::types::RescanVulScanTaskRequestInfo;
use huaweicloud_hss::{Accepted, Client, ClientBuilder, Error, ErrorKind, Outcome, RetryPolicy, raw};
use testkit::{Server, answer_bytes};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn builder(endpoint: &str) -> ClientBuilder {
    let client = Client::builder().endpoint(endpoint).project_id("p").token("token");
    client.retry_policy(RetryPolicy::new().delay(Duration::ZERO, Duration::ZERO))
}

fn throttled(retry_after: &str) -> Vec<u8> {
    answer_bytes(429, &[("retry-after".to_owned(), retry_after.to_owned())], b"")
}

#[tokio::test]
async fn headers_reach_the_wire_and_the_preview() {
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    let client = builder(&server.endpoint())
        .default_header("X-Tenant", "default")
        .default_header("x-both", "default");
    let client = client.build().unwrap();
    let request = client.retry_task("t").all_failed_clusters();
    let request = request.header("traceparent", TRACEPARENT).header("X-Both", "own");
    let preview = request.clone().preview().await.unwrap();
    request.await.unwrap();
    let sent = &server.requests()[0];
    for (name, value) in [("traceparent", TRACEPARENT), ("x-tenant", "default"), ("x-both", "own")] {
        assert_eq!(sent.header(name), Some(value));
        assert_eq!(preview.header(name), Some(value));
    }
}

#[tokio::test]
async fn a_custom_header_is_not_signed() {
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    let key = huaweicloud_hss::auth::AccessKey::new("QTWAOYTTINDUT2QVKYUC", "secret").unwrap();
    let client = builder(&server.endpoint()).credentials(key).build().unwrap();
    let request = client.retry_task("t").all_failed_clusters();
    request.header("traceparent", TRACEPARENT).await.unwrap();
    let sent = &server.requests()[0];
    let authorization = sent.header("authorization").unwrap();
    assert!(authorization.contains("SignedHeaders=content-type;host;x-project-id;x-sdk-date,"));
    assert_eq!(sent.header("traceparent"), Some(TRACEPARENT));
}

#[tokio::test]
async fn refuses_a_reserved_header_before_sending() {
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    let client = builder(&server.endpoint());
    let refused = client.clone().default_header("Host", "x").build().unwrap_err();
    let request = client.build().unwrap().retry_task("t").all_failed_clusters();
    for error in [refused, request.header("Host", "x").await.unwrap_err()] {
        assert_eq!(error.to_string(), "header: host is set by the client");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn debug_shows_neither_the_client_nor_header_values() {
    let client = builder("http://127.0.0.1:1").default_header("x-a", "secret-a");
    let client_shown = format!("{client:?} {:?}", client.clone().build().unwrap());
    let request = client.build().unwrap().retry_task("t").all_failed_clusters();
    let shown = format!("{:?}", request.header("x-b", "secret-b"));
    assert!(!client_shown.contains("secret-a"), "{client_shown}");
    assert!(shown.contains("x-b") && !shown.contains("secret"), "{shown}");
    assert!(!shown.contains("127.0.0.1"), "{shown}");
}

/// The outcome of the wait that does not fit is the refusal's, not unknown.
#[tokio::test]
async fn a_short_time_limit_keeps_the_outcome() {
    let server = Server::start([throttled("5")]).await;
    let client = builder(&server.endpoint()).build().unwrap();
    let request = client.retry_task("t").all_failed_clusters();
    let error = request.timeout(Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Throttled, Outcome::Refused)
    );
    assert_eq!(
        (error.attempts(), error.retry_after()),
        (1, Some(Duration::from_secs(5)))
    );
}

#[tokio::test]
async fn a_request_has_a_retry_policy_of_its_own() {
    let server = Server::start([throttled("0"), throttled("0"), answer_bytes(200, &[], b"")]).await;
    let client = builder(&server.endpoint()).build().unwrap();
    let request = client.retry_task("t").all_failed_clusters();
    let error = request.clone().retry_policy(RetryPolicy::none()).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert_eq!(request.await.unwrap().attempts(), 2);
}

#[tokio::test]
async fn requests_can_be_spawned() {
    let server = Server::start([answer_bytes(200, &[("x-request-id".to_owned(), "r".to_owned())], b"")]).await;
    let mut tasks = tokio::task::JoinSet::new();
    {
        let client = builder(&server.endpoint()).build().unwrap();
        tasks.spawn(client.recreate_vul_scan_task("t").all_failed_hosts().into_future());
        tasks.spawn(client.recreate_vul_scan_task("t").hosts(["a"]).send());
    }
    for accepted in tasks.join_all().await {
        assert_eq!(accepted.unwrap(), Accepted::new("r".to_owned(), 1));
    }
}

#[tokio::test]
async fn raw_errors_convert_by_the_question_mark() {
    async fn call(client: &Client) -> Result<Accepted, Error> {
        let (project_id, task_id) = ("p".try_into().unwrap(), "t".try_into().unwrap());
        let body = RescanVulScanTaskRequestInfo::AllFailedHost;
        let sent = client
            .raw()
            .recreate_vul_scan_task(&project_id, &task_id, None, &body)
            .await?;
        raw::accepted(Ok::<_, raw::Error<()>>(sent))
    }
    let foreign = [("huaweicloud-hss-attempts".to_owned(), "7".to_owned())];
    let server = Server::start([
        throttled("0"),
        answer_bytes(200, &foreign, b""),
        answer_bytes(503, &[], b""),
    ])
    .await;
    let client = builder(&server.endpoint()).build().unwrap();
    assert_eq!(call(&client).await.unwrap().attempts(), 2);
    assert_eq!(call(&client).await.unwrap_err().status(), Some(503));
}

#[test]
fn a_mock_can_return_a_complete_error() {
    let error = Error::builder(ErrorKind::Throttled, Outcome::Refused, "slow\ndown")
        .with_status(429)
        .with_code("APIGW.0308".to_owned())
        .with_request_id("r".to_owned())
        .with_hint("wait")
        .with_attempts(2)
        .with_retry_after(Duration::from_secs(5))
        .with_source(std::io::Error::other("cause"))
        .build();
    assert_eq!(
        format!("{error:#}"),
        "slow\\ndown (APIGW.0308, HTTP 429, request id r, 2 attempts)\noutcome: the service did not act\nhint: wait"
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "cause");
}
