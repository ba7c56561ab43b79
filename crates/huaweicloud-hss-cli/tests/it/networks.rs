//! A company's network: a proxy that counts and a certificate authority of its own. The hosts are the cloud's by name; where
//! the proxy connects to is the proxy's business, which here is a simulator.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{Cloud, HOST_TASK, TOKEN, command, ran};

const HSS: &str = "hss.cn-north-4.myhuaweicloud.com";
const IAM: &str = "iam.cn-north-4.myhuaweicloud.com";

struct Company {
    proxy: String,
    authority: tempfile::NamedTempFile,
    connects: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Company {
    /// A proxy behind which both hosts are the simulator, under the company's own certificate.
    fn around(cloud: &Cloud) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), issuer.pem()).unwrap();

        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([HSS.to_owned(), IAM.to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let connects = Arc::<Mutex<Vec<String>>>::default();
        let (seen, behind) = (Arc::clone(&connects), cloud.simulator.address());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connect(stream, acceptor.clone(), behind, Arc::clone(&seen)));
            }
        });
        Self {
            proxy,
            authority,
            connects,
            _runtime: runtime,
        }
    }

    /// `hss` in this network, with an access key and without a project id.
    fn rescan(&self, cloud: &Cloud) -> Command {
        let mut command = command(["rescan", HOST_TASK, "--all-failed", "--region=cn-north-4"]);
        command
            .env("HTTPS_PROXY", &self.proxy)
            .env("HUAWEICLOUD_SDK_AK", cloud.simulator.access_key())
            .env("HUAWEICLOUD_SDK_SK", cloud.simulator.secret_key());
        command
    }

    fn connects(&self) -> Vec<String> {
        self.connects.lock().unwrap().clone()
    }
}

async fn connect(mut stream: TcpStream, acceptor: TlsAcceptor, behind: SocketAddr, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or_default() == 0 {
            return;
        }
    }
    seen.lock().unwrap().push(String::from_utf8(head).unwrap());
    let _ = stream.write_all(b"HTTP/1.1 200 yes\r\n\r\n").await;
    // A client that does not trust the certificate leaves here.
    if let (Ok(mut inside), Ok(mut server)) = (acceptor.accept(stream).await, TcpStream::connect(behind).await) {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut server).await;
    }
}

#[test]
fn everything_passes_the_proxy_under_the_company_s_authority() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let mut rescan = company.rescan(&cloud);
    let done = ran(rescan.arg("--ca-bundle").arg(company.authority.path()));
    assert_eq!(done.code, 0, "{done:?}");
    let connects = company.connects();
    let first = |head: &String| head.lines().next().unwrap().to_owned();
    assert_eq!(
        connects.iter().map(first).collect::<Vec<_>>(),
        [
            format!("CONNECT {IAM}:443 HTTP/1.1"),
            format!("CONNECT {HSS}:443 HTTP/1.1")
        ]
    );
    // A proxy gets the host's name and nothing that says who calls.
    assert!(
        connects
            .iter()
            .all(|head| !head.to_lowercase().contains("authorization")),
        "{connects:?}"
    );
    let arrived = cloud.simulator.requests();
    let host = |index: usize| arrived[index].header("host").map(str::to_owned);
    assert_eq!((host(0).as_deref(), host(1).as_deref()), (Some(IAM), Some(HSS)));
    assert!(arrived[1].header("user-agent").unwrap().starts_with("huaweicloud-hss/"));
}

#[test]
fn an_authority_that_is_not_trusted_gets_nothing() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let other = Company::around(&cloud);
    for authority in [None, Some(other.authority.path())] {
        let mut rescan = company.rescan(&cloud);
        if let Some(file) = authority {
            rescan.arg("--ca-bundle").arg(file);
        }
        let refused = ran(&mut rescan);
        assert_eq!(refused.code, 6, "{refused:?}");
        assert!(refused.stderr.contains("certificate"), "{refused:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
}

/// Where the platform's own store is read from files, the usual variable names another.
#[cfg(target_os = "linux")]
#[test]
fn the_machine_s_store_can_be_named() {
    let cloud = Cloud::start();
    let company = Company::around(&cloud);
    let done = ran(company.rescan(&cloud).env("SSL_CERT_FILE", company.authority.path()));
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn a_bundle_that_cannot_be_used_is_named() {
    let cloud = Cloud::start();
    let text = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(text.path(), "no certificate").unwrap();
    for file in ["/nowhere/ca.pem".as_ref(), text.path()] {
        let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed", "--ca-bundle"]);
        let refused = ran(command.arg(file));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.starts_with("error: --ca-bundle"), "{refused:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
}

/// Some HTTP clients take a password from there and put it in the place of the signature.
#[test]
fn no_netrc_is_read() {
    let home = tempfile::tempdir().unwrap();
    let entry = "default login someone password from-the-netrc\n";
    for name in [".netrc", "_netrc"] {
        std::fs::write(home.path().join(name), entry).unwrap();
    }
    let cloud = Cloud::start();
    let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    let done = ran(command
        .env("HOME", home.path())
        .env("NETRC", home.path().join(".netrc")));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(cloud.request().header("authorization"), None);
    assert!(!format!("{done:?}").contains(TOKEN));
}
