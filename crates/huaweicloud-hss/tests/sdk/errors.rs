//! How errors look, for people and in logs.

use std::error::Error as _;
use std::time::Duration;

use huaweicloud_hss::{Client, Error, ErrorKind, Outcome, RetryPolicy};
use testkit::{Server, answer_bytes, closed_endpoint};

const TOKEN: &str = "MIIVerySecretToken";

async fn error_of(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Error {
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let server = Server::start([answer_bytes(status, &headers, body)]).await;
    rescan(&server.endpoint(), Duration::from_secs(10)).await.unwrap_err()
}

async fn rescan(endpoint: &str, timeout: Duration) -> Result<huaweicloud_hss::Accepted, Error> {
    let client = Client::builder()
        .endpoint(endpoint)
        .project_id("p")
        .token(TOKEN)
        .timeout(timeout)
        .retry_policy(RetryPolicy::none())
        .build()?;
    client.recreate_vul_scan_task("task").all_failed_hosts().send().await
}

fn show(error: &Error) -> String {
    format!("{error}\n-- alternate\n{error:#}\n-- debug\n{error:#?}\n")
}

#[tokio::test]
async fn errors_in_display_alternate_and_debug() {
    let invalid = Client::builder()
        .endpoint("http://127.0.0.1:1")
        .project_id("p".repeat(257))
        .token(TOKEN)
        .build();
    insta::assert_snapshot!("invalid", show(&invalid.unwrap_err()));

    let body = br#"{"error_code":"HSS.0011","error_msg":"No such task."}"#;
    let refused = error_of(400, &[("x-request-id", "id-1")], body).await;
    insta::assert_snapshot!("refused", show(&refused));

    let proxy = error_of(
        502,
        &[("content-type", "text/html")],
        b"<html><h1>Bad gateway</h1></html>",
    )
    .await;
    insta::assert_snapshot!("proxy", show(&proxy));

    let closed = closed_endpoint();
    let unreachable = rescan(&closed, Duration::from_secs(10)).await.unwrap_err();
    let shown = show(&unreachable).replace(closed.rsplit(':').next().unwrap(), "PORT");
    insta::assert_snapshot!("unreachable", shown);
}

/// The source chain goes down to the operating system, and Display shows none of it.
#[tokio::test]
async fn cause_is_only_in_the_source_chain() {
    let closed = closed_endpoint();
    let error = rescan(&closed, Duration::from_secs(10)).await.unwrap_err();
    let mut chain = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause.to_string());
        next = cause.source();
    }
    assert!(chain.iter().any(|cause| cause.contains("refused")), "{chain:?}");
    assert!(!error.to_string().contains("refused (os error"), "{error}");
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn response_timeout_is_unknown() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let error = rescan(&endpoint, Duration::from_millis(50)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
}

#[tokio::test]
async fn connection_broken_after_the_request_is_unknown() {
    let server = Server::start([vec![]]).await;
    let error = rescan(&server.endpoint(), Duration::from_secs(10)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::Unknown));
    assert_eq!(
        server.requests().len(),
        1,
        "a request that may have arrived is not sent again"
    );
}

#[tokio::test]
async fn truncated_success_is_unknown_and_truncated_refusal_is_refused() {
    let cut = |status: u16| format!("HTTP/1.1 {status} Said\r\ncontent-length: 500\r\n\r\n{{\"error").into_bytes();
    let server = Server::start([cut(200)]).await;
    let error = rescan(&server.endpoint(), Duration::from_secs(10)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.status()),
        (ErrorKind::Protocol, Outcome::Unknown, Some(200))
    );
    let server = Server::start([cut(403)]).await;
    let error = rescan(&server.endpoint(), Duration::from_secs(10)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.status()),
        (ErrorKind::Permission, Outcome::Refused, Some(403))
    );
}

#[tokio::test]
async fn endless_response_is_cut_at_the_limit() {
    let error = error_of(200, &[], &vec![b' '; 3 * 1024 * 1024]).await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Protocol, Outcome::Unknown));
    assert_eq!(error.message(), "the response is larger than 1 MiB");
}

/// The service can echo what it got; a terminal can be driven by what is printed to it.
#[tokio::test]
async fn echoed_tokens_are_masked_and_control_characters_escaped() {
    let body =
        format!(r#"{{"error_code":"APIGW.0301","error_msg":"x-auth-token:{TOKEN}|\u001b[31mred\u202etxt\u0007"}}"#);
    let error = error_of(
        401,
        &[("x-request-id", "id\u{202e}"), ("x-other", TOKEN)],
        body.as_bytes(),
    )
    .await;
    assert_eq!(error.message(), r"x-auth-token:***|\u{1b}[31mred\u{202e}txt\u{7}");
    assert_eq!(error.request_id(), Some(r"id\u{202e}"));
    assert!(!format!("{error:#} {error:#?}").contains(TOKEN));
    let page = error_of(500, &[], format!("<html>{TOKEN}\u{1b}]0;title\u{7}").as_bytes()).await;
    let shown = format!("{page:#} {page:#?}");
    assert!(!shown.contains(TOKEN) && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn client_debug_masks_the_token() {
    let builder = Client::builder().region("cn-north-4").project_id("p").token(TOKEN);
    assert!(!format!("{builder:?}").contains(TOKEN));
    let client = builder.build().unwrap();
    let raw = client.raw();
    assert!(!format!("{client:?} {raw:?} {:?}", client.retry_task("t")).contains(TOKEN));
}

#[test]
fn endpoints_and_regions_are_checked() {
    let build = |endpoint: &str| {
        let client = Client::builder()
            .endpoint(endpoint)
            .project_id("p")
            .token(TOKEN)
            .build();
        client.err().map(|error| error.to_string())
    };
    for good in [
        "https://example.org",
        "https://example.org:8443/gateway/hss/",
        "http://127.0.0.1:80",
        "http://[::1]:8080",
        "http://localhost",
    ] {
        assert_eq!(build(good), None, "{good}");
    }
    let refused = [
        "",
        "hss",
        "http://example.org",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "https://user:word@example.org",
        "https://example.org?a=b",
        "https://example.org#a",
    ];
    for bad in refused {
        let message = build(bad).unwrap_or_else(|| panic!("{bad} was taken"));
        assert!(message.starts_with("endpoint: "), "{message}");
        assert!(!message.contains("user:word"), "{message}");
    }
    let region = |region: &str| {
        let client = Client::builder().region(region).project_id("p").token(TOKEN).build()?;
        use huaweicloud_hss::raw::ClientInfo;
        Ok::<String, Error>(client.raw().baseurl().to_owned())
    };
    assert_eq!(
        region("cn-north-4").unwrap(),
        "https://hss.cn-north-4.myhuaweicloud.com"
    );
    assert_eq!(region("xx-new-77").unwrap(), "https://hss.xx-new-77.myhuaweicloud.com");
    assert_eq!(
        region("eu-west-101").unwrap(),
        "https://hss.eu-west-101.myhuaweicloud.eu"
    );
    for bad in ["", "CN-NORTH-4", "cn.north", "evil.org/#", "a/b", "x@y", "cn-north-4\n"] {
        assert!(region(bad).unwrap_err().to_string().starts_with("region: "), "{bad}");
    }
}

#[test]
fn tokens_are_checked_before_they_are_used() {
    let build = |token: &str| {
        Client::builder()
            .region("cn-north-4")
            .project_id("p")
            .token(token)
            .build()
    };
    let message = |token: &str| build(token).unwrap_err().to_string();
    assert_eq!(message("abc\n"), "token: ends with a line break; remove it");
    assert_eq!(message(" abc"), "token: has white space around it; remove it");
    assert_eq!(
        message("ab\u{e9}"),
        "token: has a character at position 3 that its header cannot carry"
    );
    assert!(build("abc").is_ok());
}
