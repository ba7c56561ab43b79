//! Certificates on a machine that has none.
#![cfg(test)]

use huaweicloud_hss::{Client, ErrorKind};
use testkit::{Authority, Server, answer_bytes};

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
            Some("install ca-certificates, or give ca_certificates(..)")
        );
        client.only_ca_certificates(Authority::new().pem()).build().unwrap();
        return;
    }
    let test = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "machine_without_certificates_gets_a_hint"])
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
