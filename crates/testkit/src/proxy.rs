//! A proxy that plays the hosts behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::server::{Connection, Request};

/// An HTTP proxy that ends TLS itself, as some hosts, and forwards what is inside to one address.
///
/// It runs on the tokio runtime in which it was started and stops when it is dropped.
pub struct Proxy {
    url: String,
    connects: Arc<Mutex<Vec<Request>>>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// Connects these hosts, under `acceptor`'s certificate, to `target`; refuses all others with 502.
    pub async fn start(acceptor: TlsAcceptor, hosts: &[&str], target: SocketAddr) -> Self {
        crate::log::init();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hosts: Arc<[String]> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let connects = Arc::<Mutex<Vec<Request>>>::default();
        let seen = Arc::clone(&connects);
        let running = tokio::spawn(async move {
            // Aborted with this task.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, hosts, seen) = (acceptor.clone(), Arc::clone(&hosts), Arc::clone(&seen));
                connections.spawn(async move { connect(stream, &acceptor, &hosts, target, &seen).await });
            }
        });
        Self { url, connects, running }
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `CONNECT` requests that arrived.
    pub fn connects(&self) -> Vec<Request> {
        self.connects.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn connect(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    hosts: &[String],
    target: SocketAddr,
    seen: &Mutex<Vec<Request>>,
) {
    let mut connection = Connection::new(stream);
    let request = connection.receive().await;
    let host = request.target().split(':').next().unwrap().to_owned();
    seen.lock().unwrap().push(request);
    let mut stream = connection.into_stream();
    // A client that has gone already is the test's business.
    if !hosts.contains(&host) {
        let _ = stream.write_all(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n").await;
        return;
    }
    let _ = stream.write_all(b"HTTP/1.1 200 yes\r\n\r\n").await;
    // A client that does not trust the certificate leaves here.
    if let (Ok(mut inside), Ok(mut server)) = (acceptor.accept(stream).await, TcpStream::connect(target).await) {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut server).await;
    }
}
