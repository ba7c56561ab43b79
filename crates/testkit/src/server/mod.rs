//! A server whose connections and answers are as a test says.

mod bytes;
mod connection;
mod fault;
mod port;
mod request;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
pub use bytes::{Bytes, Generated};
pub(crate) use connection::Connection;
use connection::Stream;
pub use fault::{Answer, Fault, Phase, Termination, TlsFault, answer_bytes};
use port::{Command, Port, Sent};
pub use request::Request;

/// The names in the certificate of a server with TLS.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

type Handler = Box<dyn Fn(Request, usize) -> Pin<Box<dyn Future<Output = Fault> + Send>> + Send + Sync>;

/// A server on a free port of the loopback interface that keeps what arrives and answers by a script or by a function.
/// It uses no HTTP library, so that a test sees what is on the wire.
///
/// Of a script each request takes the next [`Fault`]; those for connections are taken when one is accepted. The last one
/// stays for all that comes after. Connections are kept for further requests as HTTP does it; but where the next fault is
/// for a connection, the answer before it says `connection: close`, so that the client has to open one. With concurrent
/// clients a request can still meet such a fault: it is read, and its connection reset.
///
/// The server runs on the tokio runtime in which it was started and stops when it is dropped, with everything that stalls.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    ca_certificate: Option<String>,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

impl Server {
    /// Starts a server without TLS that follows a script.
    ///
    /// # Panics
    ///
    /// Where the script is empty or holds a [`Fault::Tls`].
    pub async fn start(script: impl IntoIterator<Item = impl Into<Fault>>) -> Self {
        let script: VecDeque<Fault> = script.into_iter().map(Into::into).collect();
        let has_tls = script.iter().any(|fault| matches!(fault, Fault::Tls(_)));
        assert!(!has_tls, "the script has a TLS fault, and the server has no TLS");
        Self::run(Script::new(script), None, None)
    }

    /// Starts a server with TLS, as `localhost`, `127.0.0.1` and `::1`, that follows a script. Its certificate is by an
    /// authority of its own: [`Server::ca_certificate`].
    ///
    /// # Panics
    ///
    /// Where the script is empty.
    pub async fn start_tls(script: impl IntoIterator<Item = impl Into<Fault>>) -> Self {
        let script = script.into_iter().map(Into::into).collect();
        Self::run(Script::new(script), None, Some(Tls::new()))
    }

    /// Starts a server without TLS that answers each request by a function of it and of its number, from 1.
    pub async fn respond<A: Into<Fault>>(answer: impl Fn(&Request, usize) -> A + Send + Sync + 'static) -> Self {
        Self::respond_async(move |request, number| std::future::ready(answer(&request, number).into())).await
    }

    /// As [`Server::respond`], with a function that may wait.
    pub async fn respond_async<A, F>(answer: impl Fn(Request, usize) -> F + Send + Sync + 'static) -> Self
    where
        A: Into<Fault>,
        F: Future<Output = A> + Send + 'static,
    {
        let handler: Handler = Box::new(move |request, number| {
            let answered = answer(request, number);
            Box::pin(async move { answered.await.into() })
        });
        Self::run(Script(VecDeque::new()), Some(handler), None)
    }

    fn run(script: Script, handler: Option<Handler>, tls: Option<Tls>) -> Self {
        crate::log::init();
        // Open before this returns, unless the script says otherwise.
        let closed = matches!(script.0.front(), Some(Fault::Refuse { .. }));
        let port = Port::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), closed).unwrap();
        let address = port.address().unwrap();
        let ca_certificate = tls.as_ref().map(|tls| tls.authority.pem());
        let (commands, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            handler,
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            tls,
            commands,
        });
        let running = tokio::spawn(accept(port, Arc::clone(&shared), received));
        Self {
            address,
            ca_certificate,
            shared,
            running,
        }
    }

    /// Its URL, for example `http://127.0.0.1:40123`, or with `https` where it has TLS.
    pub fn endpoint(&self) -> String {
        let scheme = if self.ca_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its authority as PEM, `None` without TLS.
    pub fn ca_certificate(&self) -> Option<&str> {
        self.ca_certificate.as_deref()
    }

    /// Connections that were accepted. Refused ones cannot be counted: the operating system refuses them.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The requests that were read, whole or in part, in the order in which their ends came. Each is here before the
    /// first byte of its answer is sent. Requests that met a [`Phase::Connect`] or [`Phase::Request`] were not read.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// As [`Server::requests`], and forgets them.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.shared.requests.lock().unwrap())
    }

    /// Ends a [`Fault::Refuse`], and returns once the port is open. A [`Fault::Refuse`] that is the script's last step
    /// does not end.
    pub async fn open(&self) {
        self.shared.command(Command::Open).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The connections' tasks belong to this one, and end with it.
        self.running.abort();
    }
}

struct Shared {
    script: Mutex<Script>,
    /// Answers in place of the script.
    handler: Option<Handler>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    tls: Option<Tls>,
    commands: mpsc::UnboundedSender<Sent>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("script", &self.script)
            .field("requests", &self.requests)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Gives a command and waits until it is carried out, or cannot be.
    async fn command(&self, command: Command) {
        let (done, carried_out) = oneshot::channel();
        if self.commands.send((command, done)).is_ok() {
            let _ = carried_out.await;
        }
    }

    /// Waits until the port is closed, if it is to be: a client that has its answer must not find it open.
    async fn settle(&self) {
        let closes = matches!(self.script.lock().unwrap().0.front(), Some(Fault::Refuse { .. }));
        if closes {
            self.command(Command::Settle).await;
        }
    }
}

/// The steps that are left: at least one, unless a function answers.
#[derive(Debug)]
struct Script(VecDeque<Fault>);

impl Script {
    fn new(steps: VecDeque<Fault>) -> Self {
        assert!(!steps.is_empty(), "the script is empty");
        Self(steps)
    }

    /// Takes the next step if it is wanted. The last one stays.
    fn take_if(&mut self, wanted: impl FnOnce(&Fault) -> bool) -> Option<Fault> {
        let next = self.0.front().filter(|fault| wanted(fault))?.clone();
        if self.0.len() > 1 {
            self.0.pop_front();
        }
        Some(next)
    }

    fn next_is_for_connection(&self) -> bool {
        self.0.front().is_some_and(Fault::is_for_connection)
    }
}

async fn accept(mut port: Port, shared: Arc<Shared>, mut commands: mpsc::UnboundedReceiver<Sent>) {
    let mut connections = JoinSet::new();
    let mut opened: Option<oneshot::Sender<()>> = None;
    loop {
        let refusal = {
            // Under the lock, so that nothing sees the step taken and the port open.
            let mut script = shared.script.lock().unwrap();
            let refusal = script.take_if(|fault| matches!(fault, Fault::Refuse { .. }));
            if refusal.is_some() {
                port = port.close().unwrap();
            }
            refusal
        };
        if let Some(Fault::Refuse { for_ms }) = refusal {
            drop(opened.take());
            opened = port::stay_closed(for_ms, &mut commands).await;
            continue;
        }
        let listener = port.open().unwrap();
        if let Some(done) = opened.take() {
            let _ = done.send(());
        }
        tokio::select! {
            Some((_, done)) = commands.recv() => {
                // It is open already; or it is to be closed, which comes next.
                opened = Some(done);
            }
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let is_wanted = |fault: &Fault| fault.is_for_connection() && !matches!(fault, Fault::Refuse { .. });
                    let fault = shared.script.lock().unwrap().take_if(is_wanted);
                    let shared = Arc::clone(&shared);
                    // A connection that broke is the client's doing, or the script's.
                    connections.spawn(async move { connect(stream, fault, &shared).await });
                }
            }
        }
        port = Port::Open(listener);
    }
}

/// Serves a connection, beginning with the step that is meant for it.
async fn connect(stream: TcpStream, fault: Option<Fault>, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    shared.settle().await;
    let fault = match fault {
        Some(Fault::Break { by, .. }) => return connection::end(stream, by).await,
        Some(Fault::Tls(TlsFault::PlainText)) => return connection::answer_in_plain_text(stream).await,
        Some(Fault::Tls(fault)) => Some(fault),
        _ => None,
    };
    match &shared.tls {
        Some(tls) => serve(tls.acceptor(fault).accept(stream).await?, shared).await,
        None => serve(stream, shared).await,
    }
}

async fn serve(stream: impl Stream, shared: &Shared) -> io::Result<()> {
    let mut connection = Connection::new(stream);
    while connection.has_request().await {
        let (fault, reconnects) = {
            let mut script = shared.script.lock().unwrap();
            let fault = script.take_if(|fault| !fault.is_for_connection());
            // Looked up now: once the port is closed, the refusal is no longer what comes next.
            (fault, script.next_is_for_connection())
        };
        shared.settle().await;
        if let Some(Fault::Break { at: Phase::Request, by }) = fault {
            connection.end(by).await?;
            return Ok(());
        }
        let request = connection.receive().await;
        let (whole, last) = (request.whole, request.is_last());
        let number = {
            let mut requests = shared.requests.lock().unwrap();
            requests.push(request.clone());
            requests.len()
        };
        let fault = match &shared.handler {
            Some(handler) if whole => Some(handler(request, number).await),
            _ => fault.filter(|_| whole),
        };
        let Some(fault) = fault else {
            connection.end(Termination::Reset).await?;
            return Ok(());
        };
        connection = match connection.apply(&fault, last || reconnects).await? {
            Some(connection) => connection,
            None => return Ok(()),
        };
    }
    Ok(())
}

/// The certificates of a server with TLS.
struct Tls {
    authority: Authority,
    valid: TlsAcceptor,
}

impl Tls {
    fn new() -> Self {
        let authority = Authority::new();
        let valid = authority.acceptor(&LOCAL_NAMES);
        Self { authority, valid }
    }

    fn acceptor(&self, fault: Option<TlsFault>) -> TlsAcceptor {
        match fault {
            None | Some(TlsFault::PlainText) => self.valid.clone(),
            Some(TlsFault::Untrusted) => Authority::new().acceptor(&LOCAL_NAMES),
            Some(TlsFault::OtherName) => self.authority.acceptor(&["other.invalid"]),
            Some(TlsFault::Expired) => self.authority.expired_acceptor(&LOCAL_NAMES),
        }
    }
}
