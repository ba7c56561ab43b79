//! A port that can be closed and opened again.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, oneshot};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// What connections and tests ask of the loop that owns the port.
pub(super) enum Command {
    /// Say when the port is closed.
    Settle,
    /// Open the port, and say when it is.
    Open,
}

/// A command, and where to say that it is done.
pub(super) type Sent = (Command, oneshot::Sender<()>);

/// A port that accepts connections, or refuses them.
pub(super) enum Port {
    Open(TcpListener),
    /// Bound, so that no other process gets it.
    Closed(TcpSocket),
}

impl Port {
    pub(super) fn bind(address: SocketAddr, closed: bool) -> io::Result<Self> {
        let port = Self::Closed(bind(address)?);
        if closed {
            return Ok(port);
        }
        port.open().map(Self::Open)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Open(listener) => listener.local_addr(),
            Self::Closed(socket) => socket.local_addr(),
        }
    }

    pub(super) fn open(self) -> io::Result<TcpListener> {
        match self {
            Self::Open(listener) => Ok(listener),
            Self::Closed(socket) => socket.listen(BACKLOG),
        }
    }

    pub(super) fn close(self) -> io::Result<Self> {
        match self {
            Self::Open(listener) => {
                let address = listener.local_addr()?;
                drop(listener);
                bind(address).map(Self::Closed)
            }
            closed @ Self::Closed(_) => Ok(closed),
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Earlier connections still hold the port. Elsewhere than on Unix the option means something else.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

/// Waits while the port is closed; gives what is to be told once it is open.
pub(super) async fn stay_closed(
    for_ms: Option<u64>,
    commands: &mut mpsc::UnboundedReceiver<Sent>,
) -> Option<oneshot::Sender<()>> {
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
            Some((command, done)) = commands.recv() => match command {
                Command::Open => return Some(done),
                Command::Settle => { let _ = done.send(()); }
            }
        }
    }
}
