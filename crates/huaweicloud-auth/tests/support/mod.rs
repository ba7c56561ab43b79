//! A server of the tests' own on this machine, and what the tests look for in what it got.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

pub mod secrets;
#[cfg(feature = "http")]
pub mod tls;

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

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Got {
    pub method: String,
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

/// An answer: status, headers, body.
#[derive(Debug, Clone)]
pub struct Reply(pub u16, pub Vec<(&'static str, String)>, pub String);

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self(status, Vec::new(), body.into())
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.1.push((name, value.into()));
        self
    }

    /// IAM's answer to a good password.
    pub fn token(token: &str, expires_at: &str) -> Self {
        let body = format!(
            r#"{{"token":{{"expires_at":"{expires_at}","project":{{"id":"project-of-token","name":"cn-north-4"}}}}}}"#
        );
        Self::new(201, body).header("X-Subject-Token", token)
    }
}

pub struct Server {
    pub url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Server {
    /// Serves every request by a function of it and of its number, from 1.
    pub async fn start(answer: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_async(move |got, number| std::future::ready(answer(&got, number))).await
    }

    pub async fn start_async<F: Future<Output = Reply> + Send>(
        answer: impl Fn(Got, usize) -> F + Send + Sync + 'static,
    ) -> Self {
        talk();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let (all, answer) = (Arc::clone(&got), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                tokio::spawn(async move {
                    serve(stream, |got| {
                        let number = {
                            let mut all = all.lock().unwrap();
                            all.push(got.clone());
                            all.len()
                        };
                        answer(got, number)
                    })
                    .await
                });
            }
        });
        Self { url, got }
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

/// A loopback address where no one listens.
pub async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Serves one request of a connection.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin, F: Future<Output = Reply>>(
    mut stream: S,
    answer: impl FnOnce(Got) -> F,
) {
    let Some(got) = receive(&mut stream).await else {
        return;
    };
    let Reply(status, headers, body) = answer(got).await;
    let mut text = format!(
        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += "\r\n";
    text += &body;
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Reads one request.
pub async fn receive<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Got> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let headers: HashMap<String, String> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Got {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers,
        body: bytes[end + 4..].to_vec(),
    })
}
