//! Proxies, private certificate authorities, and IAM's second address.
#![cfg(test)]

use huaweicloud_auth::provider::{EcsMetadata, IamPassword, IamUser, ProjectScope};
use huaweicloud_auth::{
    Credentials, CredentialsProvider, HttpOptions, IamEndpoint, ProviderError, ProviderErrorKind, Proxy,
};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use testkit::secrets::{assert_none, printed_error};
use testkit::{Answer, Authority, Request, Server, closed_endpoint};
use tokio_rustls::TlsAcceptor;

const PASSWORD: &str = "the/password+of=letters";
const PROXY_PASSWORD: &str = "the-password-of-the-proxy";
const REGION: &str = "iam.cn-north-4.myhuaweicloud.com";
const GLOBAL: &str = "iam.myhuaweicloud.com";

fn reply() -> Answer {
    Answer::iam_token("token", "2026-04-04T08:00:00Z")
}

fn provider(endpoint: IamEndpoint, options: &HttpOptions) -> IamPassword {
    let user = IamUser::new("user", PASSWORD, "domain").unwrap();
    IamPassword::new(user, ProjectScope::Name("cn-north-4".to_owned()), endpoint, options)
}

async fn ask(options: &HttpOptions) -> Result<Credentials, ProviderError> {
    provider(IamEndpoint::of_region("cn-north-4").unwrap(), options)
        .provide()
        .await
}

fn through(proxy: &str) -> HttpOptions {
    HttpOptions::new().proxy(Proxy::url(proxy).unwrap())
}

/// A proxy, and the server that it forwards to.
struct Network {
    proxy: testkit::Proxy,
    server: Server,
}

impl Network {
    /// The hosts are behind the proxy, and each request gets this reply.
    async fn start(acceptor: TlsAcceptor, hosts: &[&str], reply: Answer) -> Self {
        let server = Server::start([reply]).await;
        let proxy = testkit::Proxy::start(acceptor, hosts, server.address()).await;
        Self { proxy, server }
    }

    /// The proxy's URL, with a user and a password.
    fn url_with_password(&self) -> String {
        let user = format!("http://someone:{PROXY_PASSWORD}@");
        self.proxy.url().replace("http://", &user)
    }

    /// What reached a host.
    fn served(&self) -> Vec<Request> {
        self.server.requests()
    }
}

fn hosts(network: &Network) -> Vec<String> {
    let connects = network.proxy.connects();
    connects.iter().map(|request| request.target().to_owned()).collect()
}

#[tokio::test]
async fn requests_use_the_proxy_and_the_given_authority() {
    let authority = Authority::new();
    let network = Network::start(authority.acceptor(&[REGION]), &[REGION], reply()).await;
    let url = network.url_with_password();
    let options = through(&url)
        .ca_certificates(authority.pem().as_bytes())
        .unwrap()
        .user_agent("my-tool/1")
        .unwrap();
    ask(&options).await.unwrap();
    assert_eq!(hosts(&network), [format!("{REGION}:443")]);
    assert!(
        network.proxy.connects()[0]
            .header("proxy-authorization")
            .unwrap()
            .starts_with("Basic ")
    );
    let served = network.served();
    assert_eq!((served.len(), served[0].header("host").unwrap()), (1, REGION));
    assert_eq!(served[0].header("user-agent").unwrap(), "my-tool/1");
    // The proxy's password is the proxy's.
    assert!(served[0].header("proxy-authorization").is_none() && served[0].header("authorization").is_none());
}

#[tokio::test]
async fn unknown_authority_gets_no_request() {
    let authority = Authority::new();
    let network = Network::start(authority.acceptor(&[REGION, GLOBAL]), &[REGION, GLOBAL], reply()).await;
    let url = network.url_with_password();
    let other = Authority::new();
    for options in [
        through(&url),
        through(&url).ca_certificates(other.pem().as_bytes()).unwrap(),
    ] {
        let error = ask(&options).await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Unreachable);
        let output = printed_error(&error);
        assert!(output.contains("InvalidCertificate"), "{output}");
        assert_none(&format!("{output}{options:?}"), &[PASSWORD, PROXY_PASSWORD]);
    }
    assert_eq!(network.served().len(), 0);
    // The right name counts too.
    let wrong_name = Network::start(authority.acceptor(&["other.example.com"]), &[REGION, GLOBAL], reply()).await;
    let options = through(wrong_name.proxy.url())
        .ca_certificates(authority.pem().as_bytes())
        .unwrap();
    assert_eq!(ask(&options).await.unwrap_err().kind(), ProviderErrorKind::Unreachable);
}

#[tokio::test]
async fn servers_get_the_client_certificate() {
    let authority = Authority::new();
    let network = Network::start(authority.mutual_acceptor(&[REGION]), &[REGION], reply()).await;
    let url = network.url_with_password();
    let options = through(&url).only_ca_certificates(authority.pem().as_bytes()).unwrap();
    assert!(ask(&options).await.is_err(), "no certificate");
    assert_eq!(network.served().len(), 0);
    let pem = authority.client_certificate();
    let options = options.client_certificate(pem.as_bytes()).unwrap();
    ask(&options).await.unwrap();
    assert_eq!(network.served().len(), 1);
    let shown = format!("{options:?}");
    assert!(shown.contains(r#"client_certificate: Some("***")"#), "{shown}");
}

/// Its own process, because the environment is a process's.
#[test]
fn machine_without_certificates_gets_a_hint() {
    const INNER: &str = "HSS_TESTS_WITHOUT_CERTIFICATES";
    if std::env::var_os(INNER).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let error = runtime.block_on(ask(&HttpOptions::new())).unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Invalid);
        let metadata = EcsMetadata::at(&closed_endpoint(), &HttpOptions::new()).unwrap();
        let no_certificates_needed = runtime.block_on(metadata.provide()).unwrap_err();
        assert_eq!(no_certificates_needed.kind(), ProviderErrorKind::NotFound);
        let expected =
            "this machine has no CA certificates: install ca-certificates, or give CA certificates of your own";
        assert!(error.to_string().contains(expected), "{error}");
        let pem = Authority::new().pem();
        let options = HttpOptions::new().only_ca_certificates(pem.as_bytes()).unwrap();
        let options = options.proxy(Proxy::url(&closed_endpoint()).unwrap());
        let error = runtime.block_on(ask(&options)).unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Unreachable, "its own roots are enough");
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
async fn global_iam_is_tried_only_if_the_regional_one_is_unreachable() {
    let authority = Authority::new();
    let trusting = |network: &Network| {
        through(network.proxy.url())
            .ca_certificates(authority.pem().as_bytes())
            .unwrap()
    };
    let network = Network::start(authority.acceptor(&[GLOBAL]), &[GLOBAL], reply()).await;
    ask(&trusting(&network)).await.unwrap();
    assert_eq!(hosts(&network), [format!("{REGION}:443"), format!("{GLOBAL}:443")]);
    assert_eq!(network.served()[0].header("host").unwrap(), GLOBAL);

    // A refusal is not retried elsewhere.
    let hosts_behind = &[REGION, GLOBAL];
    let refuses = Network::start(authority.acceptor(hosts_behind), hosts_behind, Answer::new(401)).await;
    assert_eq!(
        ask(&trusting(&refuses)).await.unwrap_err().kind(),
        ProviderErrorKind::Refused
    );
    assert_eq!(hosts(&refuses), [format!("{REGION}:443")]);

    // Neither of them, and Europe has no other.
    let none = Network::start(authority.acceptor(&[GLOBAL]), &[], reply()).await;
    let error = ask(&trusting(&none)).await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unreachable);
    assert_eq!(
        error.to_string(),
        format!(
            "no connection to IAM at {REGION}:443 through the proxy {0} or {GLOBAL}:443 through the proxy {0}",
            none.proxy.url()
        )
    );
    assert!(std::error::Error::source(&error).is_some());
    let europe = IamEndpoint::of_region("eu-west-101").unwrap();
    assert!(provider(europe, &trusting(&network)).provide().await.is_err());
    assert_eq!(hosts(&network)[2..], ["iam.eu-west-101.myhuaweicloud.eu:443"]);
}

/// As a user writes it, and what the proxy gets.
const RAW_PASSWORDS: &[(&str, &str)] = &[
    ("p", "p"),
    ("p@q@", "p@q@"),
    ("p/q", "p/q"),
    ("p#q", "p#q"),
    ("p?q", "p?q"),
    ("p:q", "p:q"),
    ("50%", "50%"),
    ("50%25%40", "50%@"),
    ("p\\q \"'[]{}", "p\\q \"'[]{}"),
    ("pé中", "pé中"),
];

#[tokio::test]
async fn passwords_arrive_at_the_proxy_whole() {
    let authority = Authority::new();
    let network = Network::start(authority.acceptor(&[REGION]), &[REGION], reply()).await;
    for (number, (raw, password)) in RAW_PASSWORDS.iter().enumerate() {
        let url = format!("http://user:{raw}@{}", network.proxy.address());
        let options = through(&url).ca_certificates(authority.pem().as_bytes()).unwrap();
        ask(&options).await.unwrap();
        let connects = network.proxy.connects();
        assert_eq!(connects.len(), number + 1);
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("user:{password}")));
        assert_eq!(
            connects[number].header("proxy-authorization"),
            Some(&*expected),
            "{raw}"
        );
    }
}

#[tokio::test]
async fn requests_use_a_socks_proxy() {
    // An address that leads nowhere: the proxy alone can reach it.
    const ADDRESS: &str = "192.0.2.1";
    let authority = Authority::new();
    let hosts_behind = &[REGION, ADDRESS];
    let network = Network::start(authority.acceptor(hosts_behind), hosts_behind, reply()).await;
    let options = |url: &str| through(url).ca_certificates(authority.pem().as_bytes()).unwrap();
    let address = network.proxy.address();
    for (raw, password) in RAW_PASSWORDS {
        ask(&options(&format!("socks5h://user:{raw}@{address}"))).await.unwrap();
        let connects = network.proxy.connects();
        let last = connects.last().unwrap();
        assert_eq!(last.line, format!("CONNECT {REGION}:443 SOCKS/5"));
        assert_eq!(last.header("socks-user"), Some(&*format!("user:{password}")));
    }
    // This machine looks the host up where the scheme is socks5, which an address needs not.
    let by_address = IamEndpoint::new(&format!("https://{ADDRESS}")).unwrap();
    let options = options(&format!("socks5://{address}"));
    provider(by_address, &options).provide().await.unwrap();
    let connects = network.proxy.connects();
    let last = connects.last().unwrap();
    assert_eq!(
        (&*last.line, last.header("socks-user")),
        ("CONNECT 192.0.2.1:443 SOCKS/5", None)
    );
    assert_eq!(network.served().len(), RAW_PASSWORDS.len() + 1);
}

#[tokio::test]
async fn a_proxy_that_fails_is_named_without_its_password() {
    let authority = Authority::new();
    let network = Network::start(authority.acceptor(&[REGION]), &[], reply()).await;
    let address = network.proxy.address();
    let closed = closed_endpoint();
    let closed = closed.trim_start_matches("http://");
    let iam = || IamEndpoint::new("https://iam.example.com/path").unwrap();
    for address in [address, closed] {
        for scheme in ["http", "socks5h"] {
            let options = through(&format!("{scheme}://someone:{PROXY_PASSWORD}@{address}"));
            let provider = provider(iam(), &options);
            let error = provider.provide().await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("no connection to IAM at iam.example.com:443 through the proxy {scheme}://{address}")
            );
            assert_eq!(
                (error.kind(), error.service()),
                (ProviderErrorKind::Unreachable, Some("IAM"))
            );
            assert_none(
                &format!("{}{options:?}{provider:?}", printed_error(&error)),
                &[PROXY_PASSWORD, "someone"],
            );
        }
    }
}

#[tokio::test]
async fn loopback_bypasses_the_proxy() {
    let server = Server::respond(|_, _| reply()).await;
    let options = through(&closed_endpoint());
    for name in ["127.0.0.1", "localhost"] {
        let endpoint = IamEndpoint::new(&server.endpoint().replace("127.0.0.1", name)).unwrap();
        provider(endpoint, &options).provide().await.unwrap();
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn setters_refuse_invalid_options() {
    for url in [
        "",
        "http:/proxy:8080",
        "socks4://h:1",
        "http://",
        &format!("ftp://u:{PROXY_PASSWORD}@h"),
        &format!("http://u:{PROXY_PASSWORD}@h:x"),
    ] {
        let error = Proxy::url(url).unwrap_err();
        assert_none(&printed_error(&error), &[PROXY_PASSWORD]);
        assert_eq!(ProviderError::from(error).kind(), ProviderErrorKind::Invalid, "{url}");
    }
    let empty = HttpOptions::new().ca_certificates(b"no certificate").unwrap_err();
    assert_eq!(empty.to_string(), "the CA certificates contain no PEM certificate");
    let broken = b"-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n";
    assert_eq!(
        HttpOptions::new().ca_certificates(broken).unwrap_err().to_string(),
        "the CA certificates cannot be parsed"
    );
    assert_eq!(
        HttpOptions::new().client_certificate(broken).unwrap_err().to_string(),
        "no PEM certificate with a private key"
    );
    assert!(HttpOptions::new().user_agent("a\nb").is_err());
    let shown = format!("{:?}", through(&format!("http://u:{PROXY_PASSWORD}@h:1")));
    assert!(shown.contains("proxy: Url(***)"), "{shown}");
}
