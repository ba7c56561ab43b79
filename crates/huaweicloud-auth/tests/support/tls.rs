//! A certificate authority of the tests' own, and a proxy behind which its hosts are.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{Got, Reply, receive, serve};

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Speaks TLS as one of these hosts.
    pub fn acceptor(&self, hosts: &[&str]) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let certificate = CertificateParams::new(hosts).unwrap().signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A proxy that plays the hosts behind it, and counts.
pub struct ProxyServer {
    pub url: String,
    connects: Arc<Mutex<Vec<Got>>>,
    served: Arc<Mutex<Vec<Got>>>,
}

impl ProxyServer {
    /// Connects to the hosts that `acceptor` is for and refuses all others with 502.
    pub async fn start(acceptor: TlsAcceptor, hosts: &'static [&'static str], reply: Reply) -> Self {
        super::talk();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (connects, served) = (Arc::<Mutex<Vec<Got>>>::default(), Arc::<Mutex<Vec<Got>>>::default());
        let (connected, serving) = (Arc::clone(&connects), Arc::clone(&served));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (acceptor, reply) = (acceptor.clone(), reply.clone());
                let (connected, serving) = (Arc::clone(&connected), Arc::clone(&serving));
                tokio::spawn(async move {
                    let Some(got) = receive(&mut stream).await else {
                        return;
                    };
                    let host = got.target.split(':').next().unwrap().to_owned();
                    connected.lock().unwrap().push(got);
                    if !hosts.contains(&host.as_str()) {
                        let _ = stream.write_all(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n").await;
                        return;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 yes\r\n\r\n").await;
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    serve(stream, |got| {
                        serving.lock().unwrap().push(got);
                        std::future::ready(reply)
                    })
                    .await;
                });
            }
        });
        Self { url, connects, served }
    }

    /// The hosts that it was asked to connect to, and the requests for that.
    pub fn connects(&self) -> Vec<Got> {
        self.connects.lock().unwrap().clone()
    }

    /// What reached a host.
    pub fn served(&self) -> Vec<Got> {
        self.served.lock().unwrap().clone()
    }
}
