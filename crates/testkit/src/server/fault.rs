//! What a server does with a request or a connection.

use serde::Deserialize;

use super::bytes::Bytes;

/// One step of a server's script: what happens to one request, or to one connection.
///
/// [`Fault::Refuse`], [`Fault::Tls`] and [`Phase::Connect`] happen to a connection, before any request; all others happen
/// to a request. In JSON the variant's name is the key, for example `{"break": {"at": "headers", "by": "stall"}}`,
/// `{"answer": {"status": 429, "headers": [["retry-after", "1"]]}}` or `{"refuse": {}}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The port is closed, so that connecting is refused, for a time or until [`Server::open`](crate::Server::open).
    Refuse {
        /// Milliseconds until the port is open again, counted from this step's turn. Without it only
        /// [`Server::open`](crate::Server::open) opens the port.
        for_ms: Option<u64>,
    },
    /// The exchange breaks off.
    Break {
        /// How far it gets.
        at: Phase,
        /// What ends it.
        by: Termination,
    },
    /// The TLS handshake fails, if the client verifies it. For servers with TLS alone.
    Tls(TlsFault),
    /// An answer is sent.
    Answer(Answer),
    /// These bytes are sent in place of an answer, then the connection is closed.
    Raw(Bytes),
}

impl Fault {
    /// Whether it happens to a connection, before any request.
    pub(super) fn is_for_connection(&self) -> bool {
        matches!(
            self,
            Self::Refuse { .. } | Self::Tls(_) | Self::Break { at: Phase::Connect, .. }
        )
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Vec<u8>> for Fault {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Raw(bytes.into())
    }
}

/// How far an exchange gets before it breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// The connection is accepted. Nothing is read, and a TLS handshake is not answered.
    Connect,
    /// The request begins to arrive, and is neither read nor kept.
    Request,
    /// The request was read; no byte of an answer is sent.
    Status,
    /// The status 200 was sent, and a part of a header.
    Headers,
    /// The status 200, the headers and the first half of a JSON body were sent.
    Body,
}

/// What ends an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Termination {
    /// The connection is reset (RST).
    Reset,
    /// The connection is closed (FIN). Where bytes of the request are unread, the operating system may reset it after.
    Close,
    /// Nothing more happens, until the client goes or the server is dropped.
    Stall,
}

/// What is wrong with a TLS server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TlsFault {
    /// Its certificate is by an authority that the client does not trust.
    Untrusted,
    /// Its certificate is for another host.
    OtherName,
    /// Its certificate has expired.
    Expired,
    /// It answers the handshake with plain HTTP.
    PlainText,
}

/// An answer, which need not make sense.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Answer {
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: Vec<(String, Bytes)>,
    #[serde(default)]
    pub(super) body: Bytes,
    #[serde(default)]
    pub(super) chunked: bool,
    pub(super) cut: Option<u64>,
    pub(super) then: Option<Termination>,
    #[serde(default)]
    pub(super) drip_ms: u64,
    pub(super) keep_alive_ms: Option<u64>,
}

impl Answer {
    /// An empty answer with any status, also one that HTTP does not have.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::default(),
            chunked: false,
            cut: None,
            then: None,
            drip_ms: 0,
            keep_alive_ms: None,
        }
    }

    /// IAM's answer to a right password: 201, the token in `X-Subject-Token`, and when it ends.
    pub fn iam_token(token: &str, expires_at: &str) -> Self {
        let project = r#"{"id":"project-of-token","name":"cn-north-4"}"#;
        Self::new(201).header("X-Subject-Token", token).body(format!(
            r#"{{"token":{{"expires_at":"{expires_at}","project":{project}}}}}"#
        ))
    }

    /// Adds a header. Nothing is checked. One called `content-length` or `transfer-encoding` replaces the server's own,
    /// and the body is sent as it is.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Bytes>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the body in chunks, without announcing its length.
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Stops after this many bytes of the body. The headers still promise all of it, and chunks have no end, also where
    /// this is the body's whole length.
    pub fn cut(mut self, bytes: u64) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// What happens to the connection afterwards, unannounced. Without it the connection is kept for the next request,
    /// or closed where the body was cut.
    pub fn then(mut self, termination: Termination) -> Self {
        self.then = Some(termination);
        self
    }

    /// Closes the connection, unannounced, if no further request begins to arrive within this many milliseconds. Without it
    /// the server waits for as long as the client does.
    pub fn keep_alive(mut self, milliseconds: u64) -> Self {
        self.keep_alive_ms = Some(milliseconds);
        self
    }

    /// Sends a byte at a time, the status line and the headers too, and waits this many milliseconds before each.
    pub fn drip(mut self, milliseconds: u64) -> Self {
        self.drip_ms = milliseconds;
        self
    }
}

/// A whole answer as bytes, after which the connection ends.
pub fn answer_bytes(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
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
