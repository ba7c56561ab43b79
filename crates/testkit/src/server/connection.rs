//! One connection: reads requests and carries out what the script says.

use std::io;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::bytes::{BLOCK, Bytes};
use super::fault::{Answer, Fault, Phase, Termination};
use super::request::Request;

/// Maximum length of a request's head. A longer one counts as arrived in part.
const HEAD_LIMIT: usize = 16 * 1024 * 1024;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

pub(super) async fn end(mut stream: impl Stream, by: Termination) -> io::Result<()> {
    match by {
        Termination::Reset => stream.tcp().set_zero_linger(),
        Termination::Close => stream.shutdown().await,
        Termination::Stall => client_gone(stream.tcp()).await,
    }
}

/// Waits until the client has closed the connection, without reading.
async fn client_gone(stream: &TcpStream) -> io::Result<()> {
    loop {
        if stream.ready(Interest::READABLE).await?.is_read_closed() {
            return Ok(());
        }
        // What is unread would make it ready again at once; this waits for news.
        let _ = stream.try_io(Interest::READABLE, || -> io::Result<()> {
            Err(io::ErrorKind::WouldBlock.into())
        });
    }
}

/// A connection between requests.
pub(crate) struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
    /// How long the next request may take to begin.
    keep_alive: Option<Duration>,
}

impl<S: Stream> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        let (buffer, keep_alive) = (Vec::new(), None);
        Self {
            stream,
            buffer,
            keep_alive,
        }
    }

    pub(super) async fn has_request(&mut self) -> bool {
        if !self.buffer.is_empty() {
            return true;
        }
        match self.keep_alive.take() {
            Some(time) => tokio::time::timeout(time, self.more()).await == Ok(true),
            None => self.more().await,
        }
    }

    /// Reads on; false where the connection ended, in whichever way.
    async fn more(&mut self) -> bool {
        self.buffer.reserve(BLOCK);
        matches!(self.stream.read_buf(&mut self.buffer).await, Ok(1..))
    }

    /// The stream, of which nothing beyond the last request was read.
    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    pub(crate) async fn receive(&mut self) -> Request {
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            if self.buffer.len() > HEAD_LIMIT || !self.more().await {
                return Request::from_head(&std::mem::take(&mut self.buffer));
            }
        };
        let mut request = Request::from_head(&self.buffer[..head_end]);
        self.buffer.drain(..head_end);
        request.whole = if request.is_chunked() {
            self.receive_chunks(&mut request.body).await
        } else {
            let length = request.content_length();
            self.receive_bytes(&mut request.body, length).await
        };
        request
    }

    async fn receive_bytes(&mut self, to: &mut Vec<u8>, length: usize) -> bool {
        while self.buffer.len() < length && self.more().await {}
        let whole = self.buffer.len() >= length;
        to.extend(self.buffer.drain(..length.min(self.buffer.len())));
        whole
    }

    async fn receive_line(&mut self) -> Option<String> {
        let at = loop {
            if let Some(at) = find(&self.buffer, b"\r\n") {
                break at;
            }
            if !self.more().await {
                return None;
            }
        };
        let line: Vec<u8> = self.buffer.drain(..at + 2).take(at).collect();
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    async fn receive_chunks(&mut self, to: &mut Vec<u8>) -> bool {
        loop {
            let Some(line) = self.receive_line().await else {
                return false;
            };
            let size = line.split(';').next().unwrap_or_default().trim();
            let Ok(size) = usize::from_str_radix(size, 16) else {
                return false;
            };
            if size == 0 {
                break;
            }
            if !self.receive_bytes(to, size).await || self.receive_line().await.is_none() {
                return false;
            }
        }
        // Trailers, up to the empty line.
        loop {
            match self.receive_line().await {
                Some(line) if line.is_empty() => return true,
                Some(_) => {}
                None => return false,
            }
        }
    }

    pub(super) async fn end(self, by: Termination) -> io::Result<Option<Self>> {
        end(self.stream, by).await?;
        Ok(None)
    }

    /// Carries out a step of the script for a request that was read; `None` if that ends the connection. Where it is the
    /// last one of the connection, the answer says so.
    pub(super) async fn apply(mut self, fault: &Fault, last: bool) -> io::Result<Option<Self>> {
        match fault {
            Fault::Answer(answer) => self.answer(answer, last).await,
            Fault::Raw(bytes) => {
                self.send_bytes(bytes, u64::MAX, false, 0).await?;
                self.end(Termination::Close).await
            }
            Fault::Break { at: Phase::Headers, by } => {
                let part = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-reque";
                self.send(part, 0).await?;
                self.end(*by).await
            }
            Fault::Break { at: Phase::Body, by } => {
                let half = Answer::new(200)
                    .header("content-type", "application/json")
                    .body(r#"{"request_id": "0123456789abcdef"}"#)
                    .cut(17)
                    .then(*by);
                self.answer(&half, last).await
            }
            // A step for connections gets here only where another connection took a step in between.
            Fault::Break { by, .. } => self.end(*by).await,
            Fault::Refuse { .. } | Fault::Tls(_) => self.end(Termination::Reset).await,
        }
    }

    async fn answer(mut self, answer: &Answer, last: bool) -> io::Result<Option<Self>> {
        let drip = answer.drip_ms;
        self.keep_alive = answer.keep_alive_ms.map(Duration::from_millis);
        let reason = StatusCode::from_u16(answer.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        let status_line = format!("HTTP/1.1 {} {reason}\r\n", answer.status);
        self.send(status_line.as_bytes(), drip).await?;
        for (name, value) in &answer.headers {
            self.send(format!("{name}: ").as_bytes(), drip).await?;
            self.send_bytes(value, u64::MAX, false, drip).await?;
            self.send(b"\r\n", drip).await?;
        }
        let framed = answer.headers.iter().any(|(name, _)| {
            ["content-length", "transfer-encoding"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own))
        });
        let bodiless = matches!(answer.status, 100..=199 | 204 | 304);
        let mut head = String::new();
        if answer.chunked {
            head.push_str("transfer-encoding: chunked\r\n");
        } else if !framed && !bodiless {
            head = format!("content-length: {}\r\n", answer.body.len());
        }
        // A client that is to be cut off must not be warned.
        let announced = last && answer.then.is_none();
        if announced {
            head.push_str("connection: close\r\n");
        }
        head.push_str("\r\n");
        self.send(head.as_bytes(), drip).await?;
        let limit = answer.cut.unwrap_or(u64::MAX);
        self.send_bytes(&answer.body, limit, answer.chunked, drip).await?;
        if answer.chunked && answer.cut.is_none() {
            self.send(b"0\r\n\r\n", drip).await?;
        }
        let silent = answer.then.or(answer.cut.map(|_| Termination::Close));
        match silent.or(announced.then_some(Termination::Close)) {
            Some(by) => self.end(by).await,
            None => Ok(Some(self)),
        }
    }

    /// Sends up to `limit` bytes, each block as a chunk if it is to be one.
    async fn send_bytes(&mut self, bytes: &Bytes, limit: u64, chunked: bool, drip: u64) -> io::Result<()> {
        let mut reader = bytes.reader().take(limit);
        let mut block = vec![0; BLOCK];
        loop {
            let length = reader.read(&mut block).await?;
            if length == 0 {
                return Ok(());
            }
            if chunked {
                self.send(format!("{length:x}\r\n").as_bytes(), drip).await?;
            }
            self.send(&block[..length], drip).await?;
            if chunked {
                self.send(b"\r\n", drip).await?;
            }
        }
    }

    async fn send(&mut self, bytes: &[u8], drip: u64) -> io::Result<()> {
        if drip == 0 {
            self.stream.write_all(bytes).await?;
            return self.stream.flush().await;
        }
        for byte in bytes {
            tokio::time::sleep(Duration::from_millis(drip)).await;
            self.stream.write_all(&[*byte]).await?;
            self.stream.flush().await?;
        }
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

pub(super) async fn answer_in_plain_text(mut stream: TcpStream) -> io::Result<()> {
    let mut hello = vec![0; BLOCK];
    let _ = stream.read(&mut hello).await?;
    stream
        .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .await?;
    stream.shutdown().await
}
