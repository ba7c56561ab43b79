//! A server on loopback that keeps the bytes that arrive and answers as told. It is no HTTP library's, so that it sees what
//! is on the wire.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Logs everything where `cargo xtask leaks` listens.
pub fn talk() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    if std::env::var_os("HSS_TESTS_TALK").is_some() {
        ONCE.call_once(|| {
            let lines = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
            lines
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
                .init();
        });
    }
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// `PUT /path HTTP/1.1`
    pub line: String,
    /// Names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Arrived {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let first = found.next();
        assert!(found.next().is_none(), "{name} stands twice");
        first.map(|(_, value)| value.as_str())
    }

    /// The path and the query as they stand in the request line.
    pub fn target(&self) -> (&str, &str) {
        let target = self.line.split(' ').nth(1).unwrap();
        target.split_once('?').unwrap_or((target, ""))
    }
}

pub struct Server {
    pub endpoint: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Server {
    /// Answers every request with these bytes and closes the connection.
    pub async fn start(answer: Vec<u8>) -> Self {
        Self::in_turn(vec![answer]).await
    }

    /// Answers in turn, and every further request with the last answer.
    pub async fn in_turn(answers: Vec<Vec<u8>>) -> Self {
        talk();
        Self::serve(answers, usize::MAX).await
    }

    /// Answers one request, and listens no more.
    pub async fn once(answer: Vec<u8>) -> Self {
        Self::serve(vec![answer], 1).await
    }

    async fn serve(answers: Vec<Vec<u8>>, connections: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&arrived);
        tokio::spawn(async move {
            let mut answers = answers.into_iter();
            let mut answer = answers.next().unwrap();
            let mut listener = Some(listener);
            for number in 1.. {
                let Some(open) = &listener else { break };
                let Ok((mut stream, _)) = open.accept().await else {
                    break;
                };
                if number == connections {
                    listener = None;
                }
                if let Some(request) = read(&mut stream).await {
                    seen.lock().unwrap().push(request);
                    // A client that has gone is no matter of the server's.
                    let _ = stream.write_all(&answer).await;
                    answer = answers.next().unwrap_or(answer);
                }
            }
        });
        Self { endpoint, arrived }
    }

    /// What came since the last time.
    pub fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

/// An answer's bytes.
pub fn answer(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n");
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    if status != 204 {
        bytes.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    bytes.push_str("\r\n");
    [bytes.as_bytes(), body].concat()
}

async fn read(stream: &mut TcpStream) -> Option<Arrived> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Arrived { line, headers, body })
}
