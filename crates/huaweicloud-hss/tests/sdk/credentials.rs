//! Who calls: tokens that are renewed, access keys that sign, and providers that give nothing.

use std::sync::Mutex;
use std::time::Duration;

use huaweicloud_hss::auth::provider::{Cached, EcsMetadata, IamPassword, IamUser, ProjectScope};
use huaweicloud_hss::auth::{
    AccessKey, BoxFuture, Credentials, CredentialsProvider, HttpOptions, IamEndpoint, ProviderError, ProviderErrorKind,
    Proxy, Token,
};
use huaweicloud_hss::{Accepted, Client, ClientBuilder, Error, ErrorKind, Outcome, RetryPolicy};
use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Quota, Simulator};
use testkit::{Answer, Fault, Phase, Server, Termination, TlsFault, answer_bytes, closed_endpoint};

/// Gives one token after the other as each is refused.
#[derive(Debug)]
struct Renewing(Mutex<Vec<&'static str>>);

impl CredentialsProvider for Renewing {
    fn name(&self) -> &str {
        "renewing"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(async { Ok(Token::new(*self.0.lock().unwrap().last().unwrap()).unwrap().into()) })
    }

    fn invalidate(&self, _: &Credentials) {
        let mut tokens = self.0.lock().unwrap();
        if tokens.len() > 1 {
            tokens.pop();
        }
    }
}

#[derive(Debug)]
struct Broken(ProviderErrorKind);

impl CredentialsProvider for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        let error = ProviderError::new(self.0, "nothing came");
        Box::pin(async { Err(error) })
    }
}

async fn rescan(server: &Server, provider: impl CredentialsProvider + 'static) -> Result<Accepted, Error> {
    let client = Client::builder()
        .endpoint(server.endpoint())
        .project_id("p1")
        .retry_policy(RetryPolicy::new().delay(Duration::ZERO, Duration::ZERO))
        .credentials_provider(provider);
    client
        .build()?
        .recreate_vul_scan_task("task")
        .all_failed_hosts()
        .send()
        .await
}

fn renewing(tokens: &[&'static str]) -> Renewing {
    Renewing(Mutex::new(tokens.iter().rev().copied().collect()))
}

fn must_renew() -> Vec<u8> {
    answer_bytes(
        401,
        &[],
        br#"{"error_code":"APIGW.0307","error_msg":"The token must be updated."}"#,
    )
}

fn refused() -> Vec<u8> {
    answer_bytes(401, &[], br#"{"error_code":"APIGW.0301","error_msg":"Incorrect."}"#)
}

fn tokens(server: &Server) -> Vec<String> {
    server
        .requests()
        .iter()
        .map(|request| request.header("x-auth-token").unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn token_is_renewed_once() {
    let server = Server::start([must_renew(), answer_bytes(200, &[], b"")]).await;
    rescan(&server, renewing(&["old", "new", "newer"])).await.unwrap();
    assert_eq!(tokens(&server), ["old", "new"]);

    let server = Server::start([must_renew()]).await;
    let error = rescan(&server, renewing(&["old", "new", "newer"])).await.unwrap_err();
    assert_eq!(tokens(&server), ["old", "new"], "no loop");
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Auth, Outcome::Refused, 2)
    );
}

#[tokio::test]
async fn token_without_a_successor_is_not_sent_again() {
    let server = Server::start([must_renew()]).await;
    let error = rescan(&server, renewing(&["only"])).await.unwrap_err();
    assert_eq!((tokens(&server).len(), error.attempts()), (1, 1));
}

#[tokio::test]
async fn wrong_token_is_not_renewed() {
    let server = Server::start([refused()]).await;
    let error = rescan(&server, renewing(&["old", "new"])).await.unwrap_err();
    assert_eq!((tokens(&server).len(), error.attempts()), (1, 1));
}

/// More than five refusals in a row lock a key.
#[tokio::test]
async fn refused_signature_is_never_retried() {
    for refusal in [must_renew(), refused()] {
        let server = Server::start([refusal]).await;
        let key = Credentials::from(AccessKey::new("AKAKAKAK", "SKSKSKSK").unwrap());
        let client = Client::builder()
            .endpoint(server.endpoint())
            .project_id("p1")
            .credentials(key)
            .build()
            .unwrap();
        let error = client
            .retry_task("task")
            .all_failed_clusters()
            .send()
            .await
            .unwrap_err();
        assert_eq!((server.requests().len(), error.attempts()), (1, 1));
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Auth, Outcome::Refused));
    }
}

/// The headers that the facts on the service name, and no token.
#[tokio::test]
async fn access_key_signs_each_request() {
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    let key = AccessKey::new("AKAKAKAK", "SKSKSKSK")
        .unwrap()
        .with_security_token("STSTST")
        .unwrap();
    let client = Client::builder()
        .endpoint(server.endpoint())
        .project_id("p1")
        .credentials(key)
        .build()
        .unwrap();
    client.retry_task("task").all_failed_clusters().send().await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.header("x-project-id"), Some("p1"));
    assert_eq!(request.header("x-security-token"), Some("STSTST"));
    assert_eq!(request.header("x-auth-token"), None);
    assert_eq!(request.header("x-sdk-date").unwrap().len(), "20260403T080000Z".len());
    let signed = "SDK-HMAC-SHA256 Access=AKAKAKAK, \
                  SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token, Signature=";
    assert!(
        request.header("authorization").unwrap().starts_with(signed),
        "{request:?}"
    );
    assert_eq!(request.header("host"), server.endpoint().strip_prefix("http://"));
}

/// Nothing reaches the service where credentials do not come.
#[tokio::test]
async fn failing_provider_is_a_not_sent_error() {
    use ProviderErrorKind as From;
    let table = [
        (From::NotFound, ErrorKind::Auth),
        (From::Invalid, ErrorKind::Auth),
        (From::Refused, ErrorKind::Auth),
        (From::Unreachable, ErrorKind::Connect),
        (From::Timeout, ErrorKind::Timeout),
        (From::Unavailable, ErrorKind::Server),
        (From::Protocol, ErrorKind::Protocol),
        (From::Expired, ErrorKind::Auth),
    ];
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    for (from, kind) in table {
        let error = rescan(&server, Broken(from)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.attempts()),
            (kind, Outcome::NotSent, 0),
            "{from:?}"
        );
        assert_eq!(error.message(), "nothing came");
        let is_temporary = matches!(from, From::Unreachable | From::Timeout | From::Unavailable);
        assert_eq!(error.is_credentials_unavailable(), is_temporary, "{from:?}");
        // Nobody knows what a provider of the caller's own asks.
        let hint = error.hint().unwrap_or_default();
        assert!(
            !hint.contains("IAM") && !hint.contains("metadata") && !hint.contains("password"),
            "{hint}"
        );
    }
    assert_eq!(server.requests().len(), 0);
    // The service's own failures are no matter of credentials.
    let closed = Client::builder()
        .endpoint(closed_endpoint())
        .project_id("p1")
        .token("token");
    let error = rescanned(closed.retry_policy(RetryPolicy::none())).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Connect && !error.is_credentials_unavailable());
}

/// A call with credentials of IAM, or of the metadata service, where that fails.
async fn without_credentials(is_iam: bool, fault: Fault) -> Error {
    let session = Fault::from(Answer::new(200).body("session"));
    let script: Vec<Fault> = if is_iam { vec![fault] } else { vec![session, fault] };
    let stalls = script.iter().any(|fault| {
        matches!(
            fault,
            Fault::Break {
                by: Termination::Stall,
                ..
            }
        )
    });
    let timeout = if stalls {
        Duration::from_millis(200)
    } else {
        Duration::from_secs(60)
    };
    let place = if script.iter().any(|fault| matches!(fault, Fault::Tls(_))) {
        Server::start_tls(script).await
    } else {
        Server::start(script).await
    };
    let options = HttpOptions::new().timeout(timeout);
    let service = Server::start([Answer::new(200)]).await;
    let client = Client::builder()
        .endpoint(service.endpoint())
        .project_id("p1")
        .retry_policy(RetryPolicy::none());
    let client = if is_iam {
        let user = IamUser::new("user", "password", "domain").unwrap();
        let endpoint = IamEndpoint::new(&place.endpoint()).unwrap();
        let scope = ProjectScope::Id("p".to_owned());
        client.credentials_provider(IamPassword::new(user, scope, endpoint, &options))
    } else {
        client.credentials_provider(EcsMetadata::at(&place.endpoint(), &options).unwrap())
    };
    let error = rescanned(client).await;
    assert_eq!(service.requests().len(), 0);
    error.unwrap_err()
}

#[tokio::test]
async fn hints_name_the_place_that_gave_no_credentials() {
    let answer = |status: u16| Fault::from(Answer::new(status));
    let refuse = || Fault::Refuse { for_ms: None };
    let reset = || Fault::Break {
        at: Phase::Status,
        by: Termination::Reset,
    };
    let stall = || Fault::Break {
        at: Phase::Status,
        by: Termination::Stall,
    };
    let untrusted = || Fault::Tls(TlsFault::Untrusted);
    let (iam, metadata) = (true, false);
    for (place, fault, kind, hint, is_temporary) in [
        (iam, refuse(), ErrorKind::Connect, "any proxy on the way to IAM", true),
        (
            iam,
            untrusted(),
            ErrorKind::Connect,
            "any proxy on the way to IAM",
            false,
        ),
        (iam, stall(), ErrorKind::Timeout, "IAM did not respond in time", true),
        (iam, answer(503), ErrorKind::Server, "IAM cannot answer now", true),
        (iam, answer(429), ErrorKind::Server, "IAM cannot answer now", true),
        (iam, reset(), ErrorKind::Server, "IAM cannot answer now", true),
        (
            iam,
            answer(302),
            ErrorKind::Protocol,
            "check the endpoint of IAM",
            false,
        ),
        (
            iam,
            Fault::Raw("no HTTP".into()),
            ErrorKind::Protocol,
            "check the endpoint of IAM",
            false,
        ),
        (iam, answer(401), ErrorKind::Auth, "the user's name and password", false),
        (
            metadata,
            refuse(),
            ErrorKind::Connect,
            "this server reaches the metadata service",
            true,
        ),
        (
            metadata,
            answer(500),
            ErrorKind::Server,
            "the metadata service cannot answer now",
            true,
        ),
        (
            metadata,
            reset(),
            ErrorKind::Server,
            "the metadata service cannot answer now",
            true,
        ),
        (
            metadata,
            answer(302),
            ErrorKind::Protocol,
            "the address of the metadata service",
            false,
        ),
        (
            metadata,
            answer(403),
            ErrorKind::Auth,
            "check the agency of this server",
            false,
        ),
    ] {
        let what = format!("{place} {fault:?}");
        let error = without_credentials(place, fault).await;
        assert_eq!(
            (error.kind(), error.outcome()),
            (kind, Outcome::NotSent),
            "{what}: {error:?}"
        );
        let found = error.hint().unwrap();
        assert!(found.contains(hint), "{what}: {found}");
        assert_eq!(
            found.contains("IAM") || found.contains("password"),
            place == iam,
            "{what}: {found}"
        );
        assert_eq!(error.is_credentials_unavailable(), is_temporary, "{what}: {error:?}");
    }
}

/// One login, however many calls follow.
#[tokio::test]
async fn token_that_ended_before_it_came_is_not_used() {
    let iam = Server::start([Answer::iam_token("token", "2020-01-01T00:00:00Z")]).await;
    let service = Server::start([Answer::new(200)]).await;
    let user = IamUser::new("user", "password", "domain").unwrap();
    let endpoint = IamEndpoint::new(&iam.endpoint()).unwrap();
    let provider = IamPassword::new(user, ProjectScope::Id("p".to_owned()), endpoint, &HttpOptions::new());
    // The clock stands still, so that the test takes as long as it takes.
    let now = std::time::SystemTime::now();
    let client = Client::builder()
        .endpoint(service.endpoint())
        .project_id("p1")
        .credentials_provider(Cached::with_clock(provider, move || now))
        .build()
        .unwrap();
    for _ in 0..5 {
        let error = client.retry_task("task").all_failed_clusters().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Auth, Outcome::NotSent));
        let message = error.message();
        assert!(
            message.contains("ended at 2020-01-01T00:00:00Z") && message.contains("clock"),
            "{message}"
        );
        assert!(error.hint().unwrap().starts_with("set this machine's clock right"));
        assert!(!error.is_credentials_unavailable());
    }
    assert_eq!((iam.requests().len(), service.requests().len()), (1, 0));
}

/// Against the simulator, which verifies: the hint says what to do.
#[tokio::test]
async fn refused_signature_has_a_hint_that_says_why() {
    let simulator = |offset: i64| Simulator::builder().quota(Quota::off()).clock_offset(offset).start();
    let retry = async |simulator: &Simulator, secret: &str| {
        let key = AccessKey::new(simulator.access_key(), secret).unwrap();
        let client = Client::builder()
            .endpoint(simulator.endpoint())
            .project_id(simulator.project_id());
        let client = client.credentials(key).build().unwrap();
        client
            .retry_task(DEMO_CLUSTER_SCAN_TASK_ID)
            .all_failed_clusters()
            .send()
            .await
    };
    let right = simulator(0).await.unwrap();
    retry(&right, right.secret_key()).await.unwrap();
    for _ in 0..6 {
        let error = retry(&right, "another-secret-key").await.unwrap_err();
        assert!(
            error
                .hint()
                .unwrap()
                .contains("the secret key does not belong to this access key"),
            "{error:#}"
        );
        assert!(!format!("{error:#} {error:?}").contains("another-secret-key"));
    }
    let locked = retry(&right, right.secret_key()).await.unwrap_err();
    assert!(locked.hint().unwrap().contains("wait five minutes"), "{locked:#}");

    let ahead = simulator(3600).await.unwrap();
    let skewed = retry(&ahead, ahead.secret_key()).await.unwrap_err();
    assert_eq!(
        (skewed.kind(), skewed.outcome(), skewed.attempts()),
        (ErrorKind::Auth, Outcome::Refused, 1)
    );
    let hint = skewed.hint().unwrap();
    assert!(
        hint.starts_with("this machine's clock is ") && hint.contains("minutes behind"),
        "{hint}"
    );
}

fn rescanning(simulator: &Simulator) -> ClientBuilder {
    testkit::log::init();
    let key = AccessKey::new(simulator.access_key(), simulator.secret_key()).unwrap();
    Client::builder().endpoint(simulator.endpoint()).credentials(key)
}

async fn rescanned(client: ClientBuilder) -> Result<Accepted, Error> {
    client
        .build()?
        .recreate_vul_scan_task(DEMO_VUL_SCAN_TASK_ID)
        .all_failed_hosts()
        .send()
        .await
}

fn operations(simulator: &Simulator) -> Vec<String> {
    simulator
        .requests()
        .into_iter()
        .map(|request| request.operation.unwrap_or_default())
        .collect()
}

/// Without an id, the project that IAM lists by the region's name; asked once.
#[tokio::test]
async fn project_is_looked_up_once() {
    let simulator = Simulator::builder().quota(Quota::off()).start().await.unwrap();
    let client = rescanning(&simulator)
        .region(simulator.project_name())
        .iam_endpoint(simulator.endpoint());
    let client = client.build().unwrap();
    for _ in 0..2 {
        client
            .recreate_vul_scan_task(DEMO_VUL_SCAN_TASK_ID)
            .all_failed_hosts()
            .send()
            .await
            .unwrap();
    }
    assert_eq!(client.project_id().await.unwrap(), simulator.project_id());
    assert_eq!(
        operations(&simulator),
        ["listProjects", "recreateVulScanTask", "recreateVulScanTask"]
    );
}

#[tokio::test]
async fn missing_or_ambiguous_project_is_an_error() {
    let projects = [("id-1", "cn-north-4"), ("id-2", "cn-north-4_other")];
    let simulator = Simulator::builder().projects(projects).start().await.unwrap();
    let client = rescanning(&simulator)
        .region("eu-west-0")
        .iam_endpoint(simulator.endpoint());
    let error = rescanned(client).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
    assert!(
        error
            .to_string()
            .starts_with("project_id: there is no project named eu-west-0"),
        "{error}"
    );
    assert_eq!(operations(&simulator), ["listProjects"], "nothing went to the service");

    let nameless = rescanned(rescanning(&simulator)).await.unwrap_err();
    assert!(nameless.to_string().starts_with("project_id: missing"), "{nameless}");
    let wrong = AccessKey::new(simulator.access_key(), "another-secret-key").unwrap();
    let client = rescanning(&simulator)
        .credentials(wrong)
        .region("cn-north-4")
        .iam_endpoint(simulator.endpoint());
    let refused = rescanned(client).await.unwrap_err();
    assert_eq!((refused.kind(), refused.outcome()), (ErrorKind::Auth, Outcome::NotSent));
}

/// However many callers wait, one token serves all; where it has expired one more does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundred_callers_share_one_token() {
    const CALLERS: usize = 100;
    testkit::log::init();
    let simulator = Simulator::builder().quota(Quota::off()).start().await.unwrap();
    let user = IamUser::new(simulator.user_name(), simulator.password(), simulator.domain_name()).unwrap();
    let scope = ProjectScope::Name(simulator.project_name().to_owned());
    let iam = IamEndpoint::new(&simulator.endpoint()).unwrap();
    let provider = Cached::new(IamPassword::new(user, scope, iam, &HttpOptions::new()));
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .credentials_provider(provider);
    let client = client.build().unwrap();
    let call_all = async || {
        let calls: Vec<_> = (0..CALLERS)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    client
                        .recreate_vul_scan_task(DEMO_VUL_SCAN_TASK_ID)
                        .all_failed_hosts()
                        .send()
                        .await
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
    };
    let count = |operation: &str| {
        operations(&simulator)
            .iter()
            .filter(|found| *found == operation)
            .count()
    };

    call_all().await;
    assert_eq!((count("createToken"), count("recreateVulScanTask")), (1, CALLERS));
    simulator.expire_tokens();
    call_all().await;
    assert_eq!(count("createToken"), 2);
    let accepted = simulator
        .requests()
        .into_iter()
        .filter(|request| request.status == Some(200))
        .count();
    assert_eq!(accepted, 2 * CALLERS);
}

#[tokio::test]
async fn preview_looks_nothing_up() {
    let simulator = Simulator::start().await.unwrap();
    let client = rescanning(&simulator)
        .region("cn-north-4")
        .iam_endpoint(simulator.endpoint())
        .build()
        .unwrap();
    let error = client
        .retry_task("task")
        .all_failed_clusters()
        .preview()
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "project_id: missing, and a preview looks nothing up");
    assert_eq!(simulator.requests().len(), 0);
}

#[tokio::test]
async fn user_agent_suffix_is_sent() {
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    let client = || {
        Client::builder()
            .endpoint(server.endpoint())
            .project_id("p1")
            .token("token")
    };
    rescanned(client().user_agent("my-tool/2.0")).await.unwrap();
    let agent = server.requests()[0].header("user-agent").unwrap().to_owned();
    assert!(
        agent.starts_with("huaweicloud-hss/") && agent.ends_with(" my-tool/2.0"),
        "{agent}"
    );
    let error = client().user_agent("my\ntool").build().unwrap_err();
    assert!(error.to_string().starts_with("user_agent: "), "{error}");
}

/// A proxy gets what is for the service and nothing that stays on this machine.
#[tokio::test]
async fn requests_use_the_proxy_except_to_this_machine() {
    let proxy = Server::start([answer_bytes(502, &[], b"")]).await;
    let through = || Proxy::url(&proxy.endpoint()).unwrap();
    let far = Client::builder()
        .endpoint("https://hss.example.invalid")
        .project_id("p1")
        .token("token")
        .retry_policy(RetryPolicy::none());
    let error = rescanned(far.proxy(through())).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
    assert_eq!(proxy.requests().len(), 1);
    assert_eq!(proxy.requests()[0].line, "CONNECT hss.example.invalid:443 HTTP/1.1");
    assert_eq!(
        proxy.requests()[0].header("x-auth-token"),
        None,
        "a proxy sees no token"
    );

    let near = Server::start([answer_bytes(200, &[], b"")]).await;
    let client = Client::builder()
        .endpoint(near.endpoint())
        .project_id("p1")
        .token("token");
    rescanned(client.proxy(through())).await.unwrap();
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn unusable_certificates_are_refused() {
    let client = Client::builder().region("cn-north-4").project_id("p1").token("token");
    for bad in [
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = client.clone().ca_certificates(bad).build().unwrap_err();
        assert!(error.to_string().starts_with("ca_certificates: "), "{error}");
    }
}
