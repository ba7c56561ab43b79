//! A proxy that plays the hosts behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::server::{Connection, Request};
use crate::socks;

/// An HTTP and SOCKS 5 proxy that ends TLS itself, as some hosts, and forwards what is inside to one address.
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

    /// Host and port, without a scheme.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The `CONNECT` requests that arrived. One by SOCKS has the line `CONNECT host:port SOCKS/5`, and where it brought them
    /// user name and password, with a colon between them, in a header `socks-user`.
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
    let mut first = [0];
    let is_socks = stream.peek(&mut first).await.is_ok() && first == [5];
    let received = if is_socks {
        socks::receive(stream).await.ok()
    } else {
        let mut connection = Connection::new(stream);
        let request = connection.receive().await;
        Some((request, connection.into_stream()))
    };
    // A client that has gone already is the test's business.
    let Some((request, mut stream)) = received else {
        return;
    };
    let host = request.target().rsplit_once(':').unwrap().0.to_owned();
    seen.lock().unwrap().push(request);
    let (no, yes): (&[u8], &[u8]) = match is_socks {
        true => (&socks::REFUSED, &socks::CONNECTED),
        false => (
            b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 yes\r\n\r\n",
        ),
    };
    if !hosts.contains(&host) {
        let _ = stream.write_all(no).await;
        return;
    }
    let _ = stream.write_all(yes).await;
    // A client that does not trust the certificate leaves here.
    if let (Ok(mut inside), Ok(mut server)) = (acceptor.accept(stream).await, TcpStream::connect(target).await) {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut server).await;
    }
}
