//! Certificates on a machine that has none.

use std::error::Error as _;
use std::iter::successors;

use huaweicloud_hss::auth::Proxy;
use huaweicloud_hss::{Client, Error, ErrorKind, Outcome, RetryPolicy};
use testkit::{Answer, Authority, Fault, Server, TlsFault, answer_bytes, closed_endpoint};

/// Its own process, because the environment is a process's.
#[test]
fn machine_without_certificates_gets_a_hint() {
    const INNER: &str = "HSS_TESTS_WITHOUT_CERTIFICATES";
    if std::env::var_os(INNER).is_some() {
        let client = Client::builder().region("cn-north-4").project_id("p").token("t");
        let error = client.clone().build().unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Invalid, "this machine has no CA certificates")
        );
        assert_eq!(
            error.hint(),
            Some("install ca-certificates, or give CA certificates of your own")
        );
        client.clone().preview_only().build().unwrap();
        client.only_ca_certificates(Authority::new().pem()).build().unwrap();
        let local = |endpoint: &str| Client::builder().endpoint(endpoint).project_id("p").token("t").build();
        assert_eq!(
            local("https://127.0.0.1:1").unwrap_err().message(),
            "this machine has no CA certificates"
        );
        let call = async {
            let server = Server::start([answer_bytes(200, &[], b"")]).await;
            let client = local(&server.endpoint()).unwrap();
            client.retry_task("t").all_failed_clusters().await.unwrap();
        };
        tokio::runtime::Runtime::new().unwrap().block_on(call);
        return;
    }
    let test = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults::tls::machine_without_certificates_gets_a_hint"])
        .env(INNER, "1")
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&test.stdout).into_owned() + &String::from_utf8_lossy(&test.stderr);
    assert!(test.status.success() && output.contains("1 passed"), "{output}");
}

#[tokio::test]
async fn only_the_given_authority_is_trusted() {
    let server = Server::start_tls([answer_bytes(200, &[], b"")]).await;
    let client = |pem: &str| {
        let client = Client::builder().endpoint(server.endpoint()).project_id("p").token("t");
        client
            .only_ca_certificates(pem)
            .build()
            .unwrap()
            .retry_task("t")
            .all_failed_clusters()
    };
    assert_eq!(
        client(&Authority::new().pem()).await.unwrap_err().kind(),
        ErrorKind::Connect
    );
    client(server.ca_certificate().unwrap()).await.unwrap();
}

#[test]
fn builder_refuses_a_certificate_without_a_key_and_shows_none() {
    let pem = Authority::new().client_certificate();
    let client = Client::builder().region("cn-north-4").project_id("p").token("t");
    let shown = format!("{:?}", client.clone().client_certificate(pem));
    assert!(!shown.contains("PRIVATE KEY"), "{shown}");
    let error = client.client_certificate(Authority::new().pem()).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "client_certificate: no PEM certificate with a private key"
    );
}

/// The error of a call to this endpoint, and its causes in words.
async fn causes(endpoint: &str, authority: &str, proxy: Proxy) -> (Error, String) {
    let client = Client::builder().endpoint(endpoint).project_id("p").token("t");
    let client = client
        .only_ca_certificates(authority)
        .proxy(proxy)
        .retry_policy(RetryPolicy::none());
    let error = client
        .build()
        .unwrap()
        .retry_task("t")
        .all_failed_clusters()
        .await
        .unwrap_err();
    let causes: Vec<String> = successors(error.source(), |cause| (*cause).source())
        .map(ToString::to_string)
        .collect();
    let causes = causes.join("; ");
    (error, causes)
}

#[tokio::test]
async fn the_causes_tell_failures_of_tls_apart() {
    for (fault, cause) in [
        (TlsFault::Expired, "certificate expired"),
        (TlsFault::OtherName, "certificate not valid for name \"127.0.0.1\""),
        (TlsFault::Untrusted, "UnknownIssuer"),
        (TlsFault::PlainText, "InvalidContentType"),
    ] {
        let server = Server::start_tls([Fault::Tls(fault)]).await;
        let (error, found) = causes(&server.endpoint(), server.ca_certificate().unwrap(), Proxy::Direct).await;
        assert!(found.contains(cause), "{fault:?}: {found}");
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Connect, Outcome::NotSent),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn the_causes_tell_failures_of_a_proxy_apart() {
    let authority = Authority::new();
    let asks = Server::start([Answer::new(407)]).await;
    let refuses = testkit::Proxy::start(authority.acceptor(&["none"]), &[], asks.address()).await;
    let (asks, refuses) = (asks.address().to_string(), refuses.address());
    let closed = closed_endpoint();
    let closed = closed.trim_start_matches("http://");
    for (scheme, address, cause) in [
        ("http", &*asks, "proxy authorization required"),
        ("http", refuses, "unsuccessful"),
        ("http", closed, "refused"),
        ("socks5h", refuses, "connection not allowed"),
        ("socks5h", closed, "failed to create underlying connection"),
    ] {
        let url = format!("{scheme}://user:the-password@{address}");
        let proxy = Proxy::url(&url).unwrap();
        let (error, found) = causes("https://hss.example.com", &authority.pem(), proxy).await;
        assert!(found.contains(cause), "{scheme} {cause}: {found}");
        assert!(!found.contains("the-password"), "{found}");
        assert_eq!(
            error.message(),
            format!("no connection to the service at hss.example.com:443 through the proxy {scheme}://{address}")
        );
    }
}
