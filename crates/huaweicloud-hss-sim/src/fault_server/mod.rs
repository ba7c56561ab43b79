//! A server whose connections and answers fail as a script says.

mod act;
mod arrived;
mod exchange;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub use act::{Act, Answer, Content, End, Made, Stage, TlsFault};
pub use arrived::ArrivedRequest;

use crate::authority::{Authority, Kind};
use crate::connection::Wire;
use crate::error::StartError;
use crate::lock::lock;
use exchange::{After, Connection};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A server that fails as its script says, on a port of its own, to try a client against.
///
/// Each request takes the next [`Act`]; the acts that are for connections are taken when one is accepted. The last act
/// stays for all that comes after. Connections are kept for further requests as HTTP does it; but where the next act is
/// for a connection, the answer before it says `connection: close`, so that the client has to open one. With concurrent
/// clients a request can still meet such an act: it is read, and its connection reset.
///
/// The server knows nothing of HSS: for that there is [`Simulator`](crate::Simulator), which also takes
/// [`Fault`](crate::Fault)s. It runs on the tokio runtime in which it was started and stops when it is dropped, with
/// everything that stalls.
///
/// ```
/// use huaweicloud_hss_sim::{Act, Answer, End, FaultServer, Stage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = FaultServer::start([
///     Act::Break { at: Stage::Status, by: End::Reset },
///     Act::Answer(Answer::new(503).body("<html>later</html>")),
/// ])
/// .await?;
/// let get = || reqwest::Client::new().get(server.endpoint()).send();
/// assert!(get().await.is_err());
/// assert_eq!(get().await?.status(), 503);
/// assert_eq!(server.requests().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    ca_certificate: Option<String>,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

impl FaultServer {
    /// Starts a server without TLS on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// Where no port can be had, the script is empty, or holds an [`Act::Tls`].
    pub async fn start(script: impl IntoIterator<Item = Act>) -> Result<Self, StartError> {
        Self::run(script.into_iter().collect(), None)
    }

    /// Starts a server with TLS, as `localhost`, `127.0.0.1` and `::1`, with a certificate by an authority of its own:
    /// [`FaultServer::ca_certificate`].
    ///
    /// # Errors
    ///
    /// Where no port can be had or the script is empty.
    pub async fn start_tls(script: impl IntoIterator<Item = Act>) -> Result<Self, StartError> {
        Self::run(script.into_iter().collect(), Some(Tls::new()?))
    }

    fn run(script: VecDeque<Act>, tls: Option<Tls>) -> Result<Self, StartError> {
        let refused = |reason: &str| {
            Err(StartError::Setting {
                setting: "the script",
                reason: reason.to_owned(),
            })
        };
        if script.is_empty() {
            return refused("it is empty");
        }
        if tls.is_none() && script.iter().any(|act| matches!(act, Act::Tls(_))) {
            return refused("it fails a TLS handshake, and the server has no TLS");
        }
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let failed = |source| StartError::Listen {
            address: any_port,
            source,
        };
        let socket = bind(any_port).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        // Open before this returns, unless the script says otherwise.
        let port = if matches!(script.front(), Some(Act::Refuse { .. })) {
            Port::Closed(socket)
        } else {
            Port::Open(socket.listen(BACKLOG).map_err(failed)?)
        };
        let ca_certificate = tls.as_ref().map(|tls| tls.authority.pem());
        let (commands, orders) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            script: Mutex::new(Script(script)),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            tls,
            commands,
        });
        let serving = Arc::clone(&shared);
        let running = tokio::spawn(async move {
            if let Err(error) = accept(port, address, serving, orders).await {
                tracing::error!(%error, "the fault server ended");
            }
        });
        Ok(Self {
            address,
            ca_certificate,
            shared,
            running,
        })
    }

    /// Where it is, for example `http://127.0.0.1:40123`, or with `https` where it has TLS.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let scheme = if self.ca_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its authority as PEM, `None` without TLS.
    #[must_use]
    pub fn ca_certificate(&self) -> Option<&str> {
        self.ca_certificate.as_deref()
    }

    /// Connections that were accepted. Those that were refused cannot be counted: the operating system does it.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The requests that were read, whole or in part, in the order in which their ends came. Each is here before the
    /// first byte of its answer goes out. Requests that met a [`Stage::Connect`] or [`Stage::Request`] were not read.
    #[must_use]
    pub fn requests(&self) -> Vec<ArrivedRequest> {
        lock(&self.shared.requests).clone()
    }

    /// Ends an [`Act::Refuse`], and returns once the port is open. An [`Act::Refuse`] that is the script's last act does
    /// not end.
    pub async fn open(&self) {
        self.shared.order(Order::Open).await;
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        // The connections' tasks belong to this one, and end with it.
        self.running.abort();
    }
}

/// A port with or without somebody who listens.
enum Port {
    Open(TcpListener),
    /// Bound, so that no one else gets it.
    Closed(TcpSocket),
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // The connections of before still hold the port. Elsewhere than on Unix the option means something else.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

/// What connections and users want of the loop that accepts.
enum Order {
    /// Say when the port is closed.
    Settle,
    /// Open the port, and say when it is.
    Open,
}

type Ordered = (Order, oneshot::Sender<()>);

struct Shared {
    script: Mutex<Script>,
    requests: Mutex<Vec<ArrivedRequest>>,
    connections: AtomicUsize,
    tls: Option<Tls>,
    commands: mpsc::UnboundedSender<Ordered>,
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
    /// Gives an order and waits until it is carried out, or cannot be.
    async fn order(&self, order: Order) {
        let (done, carried_out) = oneshot::channel();
        if self.commands.send((order, done)).is_ok() {
            let _ = carried_out.await;
        }
    }

    /// Waits until the port is closed, if it is to be: a client that has its answer must not find it open.
    async fn settle(&self) {
        let closes = matches!(lock(&self.script).0.front(), Some(Act::Refuse { .. }));
        if closes {
            self.order(Order::Settle).await;
        }
    }
}

/// The acts that are left, at least one.
#[derive(Debug)]
struct Script(VecDeque<Act>);

impl Script {
    /// Takes the next act if it is wanted. The last one stays.
    fn take_if(&mut self, wanted: impl FnOnce(&Act) -> bool) -> Option<Act> {
        let next = self.0.front().filter(|act| wanted(act))?.clone();
        if self.0.len() > 1 {
            self.0.pop_front();
        }
        Some(next)
    }

    fn next_is_for_connection(&self) -> bool {
        self.0.front().is_some_and(Act::is_for_connection)
    }
}

async fn accept(
    mut port: Port,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut orders: mpsc::UnboundedReceiver<Ordered>,
) -> io::Result<()> {
    let mut connections = JoinSet::new();
    let mut opening: Option<oneshot::Sender<()>> = None;
    loop {
        let refusal = {
            // Under the lock, so that nobody sees the act taken and the port open.
            let mut script = lock(&shared.script);
            let refusal = script.take_if(|act| matches!(act, Act::Refuse { .. }));
            if refusal.is_some() {
                port = match port {
                    Port::Open(listener) => {
                        drop(listener);
                        Port::Closed(bind(address)?)
                    }
                    closed @ Port::Closed(_) => closed,
                };
            }
            refusal
        };
        if let Some(Act::Refuse { for_ms }) = refusal {
            drop(opening.take());
            opening = refuse(for_ms, &mut orders).await;
            continue;
        }
        let listener = match port {
            Port::Open(listener) => listener,
            Port::Closed(socket) => socket.listen(BACKLOG)?,
        };
        if let Some(done) = opening.take() {
            let _ = done.send(());
        }
        tokio::select! {
            Some((_, done)) = orders.recv() => {
                // It is open already; or it is to be closed, which comes next.
                opening = Some(done);
            }
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let act = lock(&shared.script).take_if(|act| act.is_for_connection() && !matches!(act, Act::Refuse { .. }));
                    let shared = Arc::clone(&shared);
                    connections.spawn(async move {
                        if let Err(error) = connect(stream, act, &shared).await {
                            tracing::debug!(%error, "a connection ended");
                        }
                    });
                }
            }
        }
        port = Port::Open(listener);
    }
}

/// Waits while the port is closed. Whoever ordered it opened is handed back.
async fn refuse(for_ms: Option<u64>, orders: &mut mpsc::UnboundedReceiver<Ordered>) -> Option<oneshot::Sender<()>> {
    let over = async {
        match for_ms {
            Some(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => return None,
            Some((order, done)) = orders.recv() => match order {
                Order::Open => return Some(done),
                Order::Settle => { let _ = done.send(()); }
            }
        }
    }
}

/// Serves a connection, beginning with the act that is meant for it.
async fn connect(stream: TcpStream, act: Option<Act>, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    shared.settle().await;
    let fault = match act {
        Some(Act::Break { by, .. }) => return exchange::end(stream, by).await,
        Some(Act::Tls(TlsFault::PlainText)) => return exchange::answer_in_plain_text(stream).await,
        Some(Act::Tls(fault)) => Some(fault),
        _ => None,
    };
    match &shared.tls {
        Some(tls) => serve(tls.acceptor(fault)?.accept(stream).await?, shared).await,
        None => serve(stream, shared).await,
    }
}

async fn serve(wire: impl Wire, shared: &Shared) -> io::Result<()> {
    let mut connection = Connection::new(wire);
    while connection.has_request().await {
        let (act, reconnects) = {
            let mut script = lock(&shared.script);
            let act = script.take_if(|act| !act.is_for_connection());
            // Looked up now: once the port is closed, the refusal is no longer what comes next.
            (act, script.next_is_for_connection())
        };
        shared.settle().await;
        if let Some(Act::Break { at: Stage::Request, by }) = act {
            connection.end(by).await?;
            return Ok(());
        }
        let request = connection.receive().await;
        let (whole, last) = (request.whole, request.is_last());
        lock(&shared.requests).push(request);
        let Some(act) = act.filter(|_| whole) else {
            connection.end(End::Reset).await?;
            return Ok(());
        };
        connection = match connection.play(&act, last || reconnects).await? {
            After::Kept(connection) => connection,
            After::Ended => return Ok(()),
        };
    }
    Ok(())
}

/// The certificates of a server with TLS.
struct Tls {
    authority: Authority,
    good: TlsAcceptor,
}

impl Tls {
    fn new() -> Result<Self, StartError> {
        let authority = Authority::new()?;
        let good = authority.acceptor(&Kind::Good)?;
        Ok(Self { authority, good })
    }

    fn acceptor(&self, fault: Option<TlsFault>) -> io::Result<TlsAcceptor> {
        let made = match fault {
            None | Some(TlsFault::PlainText) => return Ok(self.good.clone()),
            Some(TlsFault::Untrusted) => Authority::new().and_then(|other| other.acceptor(&Kind::Good)),
            Some(TlsFault::OtherName) => self.authority.acceptor(&Kind::OtherName),
            Some(TlsFault::Expired) => self.authority.acceptor(&Kind::Expired),
        };
        made.map_err(io::Error::other)
    }
}
