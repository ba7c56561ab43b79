//! Retries: which requests, how long the waits are, and which outcome is reported.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use huaweicloud_hss::auth::{AccessKey, BoxFuture, Credentials, CredentialsProvider, ProviderError, Token};
use huaweicloud_hss::{Accepted, Client, ClientBuilder, Error, ErrorKind, Outcome, RetryPolicy};
use testkit::{Fault, Server, answer_bytes, closed_endpoint};
use tokio::net::TcpListener;

/// The default without its waits.
fn at_once() -> RetryPolicy {
    RetryPolicy::new()
        .delay(Duration::ZERO, Duration::ZERO)
        .throttled_delay(Duration::ZERO)
}

fn to(endpoint: &str) -> ClientBuilder {
    Client::builder()
        .endpoint(endpoint)
        .project_id("p")
        .token("token")
        .retry_policy(at_once())
}

async fn rescan(client: ClientBuilder) -> Result<Accepted, Error> {
    client
        .build()?
        .recreate_vul_scan_task("task")
        .all_failed_hosts()
        .send()
        .await
}

fn said(status: u16, code: &str) -> Vec<u8> {
    let body = format!(r#"{{"error_code":"{code}","error_msg":"No."}}"#);
    answer_bytes(status, &[], body.as_bytes())
}

fn throttled(retry_after: &str) -> Vec<u8> {
    answer_bytes(429, &[("retry-after".to_owned(), retry_after.to_owned())], b"")
}

fn accepted() -> Vec<u8> {
    answer_bytes(200, &[], b"")
}

/// The request is read, and the connection ends without a response.
fn nothing() -> Vec<u8> {
    Vec::new()
}

#[tokio::test]
async fn retries_requests_known_not_to_have_acted() {
    let refusals = [
        said(429, "APIGW.0308"),
        answer_bytes(429, &[], b"<html>Slow down</html>"),
        said(503, "APIGW.0613"),
        said(503, "APIG.0613"),
    ];
    for refusal in refusals {
        let server = Server::start([refusal.clone(), refusal, accepted()]).await;
        rescan(to(&server.endpoint())).await.unwrap();
        let arrived = server.requests();
        assert_eq!(arrived.len(), 3);
        assert!(
            arrived
                .iter()
                .all(|again| again.line == arrived[0].line && again.body == arrived[0].body)
        );
    }
}

#[tokio::test]
async fn requests_with_an_unknown_outcome_are_sent_once() {
    let answers = [
        nothing(),
        said(500, "APIGW.0601"),
        said(502, "APIGW.0610"),
        said(503, "HSS.0613"),
        said(500, "APIGW.0613"),
        answer_bytes(503, &[], b"<html>try later</html>"),
        answer_bytes(504, &[("retry-after".to_owned(), "0".to_owned())], b""),
        answer_bytes(302, &[], b""),
        answer_bytes(200, &[], b"<html>log in</html>"),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec(),
        b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(),
    ];
    for bytes in answers {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let server = Server::start([bytes]).await;
        let error = rescan(to(&server.endpoint())).await.unwrap_err();
        assert_eq!(
            (error.outcome(), error.attempts()),
            (Outcome::Unknown, 1),
            "{text}: {error:?}"
        );
        assert_eq!(server.requests().len(), 1, "{text}");
    }
}

#[tokio::test]
async fn permanent_refusals_are_sent_once() {
    for (status, code) in [
        (400, "HSS.0001"),
        (400, "HSS.0011"),
        (401, "APIGW.0301"),
        (403, "APIGW.0302"),
        (404, "APIGW.0101"),
        (413, "APIGW.0201"),
    ] {
        let server = Server::start([said(status, code)]).await;
        let error = rescan(to(&server.endpoint())).await.unwrap_err();
        assert_eq!((error.outcome(), error.attempts()), (Outcome::Refused, 1), "{code}");
        assert_eq!(server.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn attempts_are_counted_and_limited() {
    let server = Server::start([said(429, "APIGW.0308")]).await;
    let error = rescan(to(&server.endpoint())).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Throttled, Outcome::Refused, 3)
    );
    assert_eq!(error.to_string(), "No. (APIGW.0308, HTTP 429, 3 attempts)");
    assert_eq!(server.requests().len(), 3);

    let client = to(&server.endpoint()).retry_policy(at_once().max_attempts(5));
    assert_eq!(rescan(client).await.unwrap_err().attempts(), 5);
    let client = to(&server.endpoint()).retry_policy(RetryPolicy::none());
    let error = rescan(client).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.to_string(), "No. (APIGW.0308, HTTP 429)");

    let error = rescan(to(&closed_endpoint())).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Connect, Outcome::NotSent, 3)
    );
}

#[test]
fn client_refuses_a_policy_without_attempts() {
    let client = to("http://127.0.0.1:1").retry_policy(RetryPolicy::new().max_attempts(0));
    let error = client.build().unwrap_err();
    assert_eq!(error.to_string(), "retry_policy: 0 attempts found, 1 or more needed");
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let server = Server::start([throttled("1"), accepted()]).await;
    let start = Instant::now();
    rescan(to(&server.endpoint())).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(server.requests().len(), 2);
}

/// The error comes at once, says so, and keeps what was asked.
#[tokio::test]
async fn retry_after_past_the_deadline_fails_at_once() {
    for (asked, seconds) in [
        ("60", 60),
        ("99999999999999999999", u64::MAX),
        ("Wed, 01 Dec 9999 00:00:00 GMT", 0),
    ] {
        let server = Server::start([throttled(asked)]).await;
        let start = Instant::now();
        let error = rescan(to(&server.endpoint())).await.unwrap_err();
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{asked}: {:?}",
            start.elapsed()
        );
        assert_eq!((error.outcome(), error.attempts()), (Outcome::Refused, 1), "{asked}");
        assert_eq!(server.requests().len(), 1, "{asked}");
        let hint = error.hint().unwrap();
        assert!(hint.ends_with("which is too short for that wait"), "{hint}");
        if seconds > 0 {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
            let shown = if seconds > 100 {
                "more than a day".to_owned()
            } else {
                format!("{seconds} seconds")
            };
            assert!(hint.starts_with(&format!("retry after {shown}, or")), "{hint}");
        }
    }
}

#[tokio::test]
async fn unreadable_retry_after_counts_as_absent() {
    for asked in ["-5", "soon", "1.5", "", "Fri, 31 Dec 2021 23:59:59 GMT"] {
        let server = Server::start([throttled(asked), accepted()]).await;
        rescan(to(&server.endpoint())).await.unwrap();
        assert_eq!(server.requests().len(), 2, "{asked}");
    }
}

/// No later attempt settles an outcome that an earlier one left unknown.
#[tokio::test]
async fn unsafe_policy_retries_and_keeps_the_outcome_unknown() {
    let unsafely = || at_once().unsafely_repeat_unknown_outcomes();
    let server = Server::start([nothing(), said(500, "APIGW.0601"), accepted()]).await;
    rescan(to(&server.endpoint()).retry_policy(unsafely())).await.unwrap();
    assert_eq!(server.requests().len(), 3);

    let server = Server::start([nothing(), said(400, "HSS.0011")]).await;
    let error = rescan(to(&server.endpoint()).retry_policy(unsafely()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::NotFound, Outcome::Unknown, 2)
    );
    assert!(error.hint().unwrap().contains("on an earlier attempt"), "{error:#}");

    // Answered once, closed for ever after.
    let server = Server::start([nothing().into(), Fault::Refuse { for_ms: None }]).await;
    let error = rescan(to(&server.endpoint()).retry_policy(unsafely()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Connect, Outcome::Unknown, 3)
    );
}

/// A refusal that came before a connection that failed was something that was sent.
#[tokio::test]
async fn safe_policy_keeps_the_least_certain_outcome() {
    let server = Server::start([said(429, "APIGW.0308").into(), Fault::Refuse { for_ms: None }]).await;
    let error = rescan(to(&server.endpoint())).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Connect, Outcome::Refused, 3)
    );
}

/// Gives these one after the other, the last one for ever; where there are none left it hangs.
#[derive(Debug)]
struct InTurn(Mutex<VecDeque<Credentials>>);

impl InTurn {
    fn of(credentials: impl IntoIterator<Item = Credentials>) -> Self {
        Self(Mutex::new(credentials.into_iter().collect()))
    }
}

impl CredentialsProvider for InTurn {
    fn name(&self) -> &str {
        "in turn"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        let next = self.0.lock().unwrap().pop_front();
        Box::pin(async {
            match next {
                Some(next) => Ok(next),
                None => std::future::pending().await,
            }
        })
    }
}

fn token(text: &str) -> Credentials {
    Token::new(text).unwrap().into()
}

#[tokio::test]
async fn each_attempt_is_signed_anew() {
    let key = |id: &str| Credentials::from(AccessKey::new(id, "its-secret-key").unwrap());
    let server = Server::start([said(429, "APIGW.0308"), accepted()]).await;
    let provider = InTurn::of([key("FIRSTKEY"), key("SECONDKEY")]);
    rescan(to(&server.endpoint()).credentials_provider(provider))
        .await
        .unwrap();
    let arrived = server.requests();
    for (request, id) in arrived.iter().zip(["FIRSTKEY", "SECONDKEY"]) {
        let authorization = request.header("authorization").unwrap();
        assert!(authorization.contains(&format!("Access={id},")), "{authorization}");
        assert_eq!(request.header("x-auth-token"), None);
    }
}

/// More than five in a row lock the key.
#[tokio::test]
async fn no_policy_retries_a_refused_signature() {
    let policy = at_once().max_attempts(9).unsafely_repeat_unknown_outcomes();
    for refusal in [
        said(401, "APIGW.0301"),
        said(401, "APIGW.0307"),
        answer_bytes(401, &[], b""),
    ] {
        let server = Server::start([refusal]).await;
        let key = AccessKey::new("AKAKAKAK", "SKSKSKSK").unwrap();
        let client = to(&server.endpoint()).credentials(key).retry_policy(policy);
        assert_eq!(rescan(client).await.unwrap_err().attempts(), 1);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn token_is_renewed_once_across_all_attempts() {
    let renew = said(401, "APIGW.0307");
    let server = Server::start([renew.clone(), said(429, "APIGW.0308"), renew]).await;
    let provider = InTurn::of(["one", "two", "three", "four"].map(token));
    let error = rescan(to(&server.endpoint()).credentials_provider(provider))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Auth, 3));
    assert_eq!(server.requests().len(), 3);
}

/// A renewal does not count as a retry.
#[tokio::test]
async fn token_renewal_needs_no_retry_policy() {
    let server = Server::start([said(401, "APIGW.0307"), accepted()]).await;
    let provider = InTurn::of(["one", "two"].map(token));
    let client = to(&server.endpoint())
        .credentials_provider(provider)
        .retry_policy(RetryPolicy::none());
    rescan(client).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

fn assert_in_time(start: Instant, timeout: Duration) {
    let elapsed = start.elapsed();
    assert!(elapsed < timeout + Duration::from_millis(500), "{elapsed:?}");
}

#[tokio::test]
async fn deadline_covers_the_credentials() {
    let timeout = Duration::from_millis(200);
    let server = Server::start([said(429, "APIGW.0308"), accepted()]).await;
    for (given, outcome, attempts) in [(0, Outcome::NotSent, 0), (1, Outcome::Refused, 1)] {
        let provider = InTurn::of((0..given).map(|_| token("one")));
        let client = to(&server.endpoint()).credentials_provider(provider).timeout(timeout);
        let start = Instant::now();
        let error = rescan(client).await.unwrap_err();
        assert_in_time(start, timeout);
        assert_eq!(
            (error.kind(), error.outcome(), error.attempts()),
            (ErrorKind::Timeout, outcome, attempts)
        );
        assert_eq!(error.message(), "timed out fetching credentials");
    }
}

#[tokio::test]
async fn deadline_covers_the_project_look_up() {
    let timeout = Duration::from_millis(200);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let iam = format!("http://{}", silent.local_addr().unwrap());
    for (given, message) in [
        (0, "timed out fetching credentials"),
        (1, "timed out looking up the project"),
    ] {
        let client = Client::builder()
            .region("cn-north-4")
            .iam_endpoint(&iam)
            .credentials_provider(InTurn::of((0..given).map(|_| token("one"))))
            .timeout(timeout);
        let start = Instant::now();
        let error = rescan(client).await.unwrap_err();
        assert_in_time(start, timeout);
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
        assert_eq!(error.message(), message);
        assert!(error.is_credentials_unavailable());
    }
}

#[tokio::test]
async fn deadline_covers_all_attempts() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let timeout = Duration::from_millis(300);
    let client = to(&format!("http://{}", silent.local_addr().unwrap()))
        .read_timeout(Duration::from_millis(50))
        .timeout(timeout)
        .retry_policy(at_once().max_attempts(u32::MAX).unsafely_repeat_unknown_outcomes());
    let start = Instant::now();
    let error = rescan(client).await.unwrap_err();
    assert_in_time(start, timeout);
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Timeout, Outcome::Unknown),
        "{error:?}"
    );
    assert!((2..=7).contains(&error.attempts()), "{error:?}");
}

/// A time-out looks the same before and after a request has left; what is known of it does not.
#[tokio::test]
async fn connect_timeout_is_not_sent() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    for (scheme, kind, outcome) in [
        // The other side says nothing to the beginning of TLS.
        ("https", ErrorKind::Connect, Outcome::NotSent),
        ("http", ErrorKind::Timeout, Outcome::Unknown),
    ] {
        let client = to(&format!("{scheme}://{address}")).timeout(Duration::from_millis(100));
        let error = rescan(client).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{scheme}: {error:?}");
    }
}
