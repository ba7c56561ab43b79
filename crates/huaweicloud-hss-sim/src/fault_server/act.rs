//! What a fault server does: the words of a script.

use serde::Deserialize;

/// One step of a script: what happens to one request, or to one connection.
///
/// [`Act::Refuse`], [`Act::Tls`] and a [`Stage::Connect`] happen to a connection before any request; all others happen to
/// a request. As JSON the variant names the act, for example `{"break": {"at": "headers", "by": "stall"}}`,
/// `{"answer": {"status": 429, "headers": [["retry-after", "1"]]}}` or `{"refuse": {}}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Act {
    /// The port is closed: connecting is refused. It ends after a time, or with
    /// [`FaultServer::open`](crate::FaultServer::open).
    Refuse {
        /// Milliseconds until the port is open again, from the moment at which the act's turn has come. Without it only
        /// [`FaultServer::open`](crate::FaultServer::open) does it.
        for_ms: Option<u64>,
    },
    /// The exchange breaks off.
    Break {
        /// How far it gets.
        at: Stage,
        /// What ends it.
        by: End,
    },
    /// The TLS handshake fails at the client, if the client looks. For servers with TLS alone.
    Tls(TlsFault),
    /// An answer is given.
    Answer(Answer),
    /// These bytes go out in place of an answer, then the connection is closed.
    Raw(Content),
}

impl Act {
    /// Whether it happens to a connection before any request.
    pub(super) fn is_for_connection(&self) -> bool {
        matches!(
            self,
            Self::Refuse { .. } | Self::Tls(_) | Self::Break { at: Stage::Connect, .. }
        )
    }
}

impl From<Answer> for Act {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// How far an exchange gets before it breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The connection is accepted. Nothing is read, and a TLS handshake is not answered.
    Connect,
    /// The request begins to arrive, and is neither read nor kept.
    Request,
    /// The request was read; no byte of an answer is sent.
    Status,
    /// The status 200 was sent, and a header in part.
    Headers,
    /// The status 200, the headers and the first half of a JSON body were sent.
    Body,
}

/// What ends an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// The connection is reset (RST).
    Reset,
    /// The connection is closed (FIN). Where bytes of the request lie unread, the operating system may reset it after.
    Close,
    /// Nothing more happens, until the client goes or the server is dropped.
    Stall,
}

/// What is wrong with a TLS server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TlsFault {
    /// Its certificate is by an authority that nobody trusts.
    Untrusted,
    /// Its certificate is for another host.
    OtherName,
    /// Its certificate has expired.
    Expired,
    /// It answers the handshake with plain HTTP.
    PlainText,
}

/// An answer, which need not make sense.
///
/// ```
/// use huaweicloud_hss_sim::{Act, Answer, End};
///
/// let throttled = Answer::new(429).header("retry-after", "1").body(r#"{"error_code": "APIGW.0308"}"#);
/// let endless = Answer::new(200).chunked().body("{").cut(1).then(End::Stall);
/// let acts: Vec<Act> = serde_json::from_str(
///     r#"[{"answer": {"status": 200, "chunked": true, "body": "{", "cut": 1, "then": "stall"}}]"#,
/// )?;
/// assert_eq!(acts, [Act::Answer(endless)]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: Vec<(String, Content)>,
    #[serde(default)]
    pub(super) body: Content,
    #[serde(default)]
    pub(super) chunked: bool,
    pub(super) cut: Option<u64>,
    pub(super) then: Option<End>,
    #[serde(default)]
    pub(super) drip_ms: u64,
}

impl Answer {
    /// An empty answer with any status, also one that HTTP does not have.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Content::default(),
            chunked: false,
            cut: None,
            then: None,
            drip_ms: 0,
        }
    }

    /// Adds a header. Nothing is checked. One called `content-length` or `transfer-encoding` stands in place of the
    /// server's own, and the body goes out as it is.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Content>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Content>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the body in chunks, in place of announcing its length.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Stops after so many bytes of the body. The headers still promise all of it, and chunks have no end, also where
    /// that is the body's whole length.
    #[must_use]
    pub fn cut(mut self, bytes: u64) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// What happens to the connection afterwards, without a word to the client. Without it the connection is kept for
    /// the next request, or closed where the body was cut.
    #[must_use]
    pub fn then(mut self, end: End) -> Self {
        self.then = Some(end);
        self
    }

    /// Sends a byte at a time, the status line and the headers too, and waits so many milliseconds before each.
    #[must_use]
    pub fn drip(mut self, milliseconds: u64) -> Self {
        self.drip_ms = milliseconds;
        self
    }
}

/// Bytes of a script. In JSON a text, a list of bytes (`[255, 254]`), `{"fill": LENGTH}` or `{"gzip_bomb": {}}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a text, a list of bytes, {\"fill\": LENGTH} or {\"gzip_bomb\": {}}"
)]
#[non_exhaustive]
pub enum Content {
    /// A text.
    Text(String),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// Bytes that are made while they are sent.
    Made(Made),
}

/// Bytes that are made while they are sent, so that any number of them needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Made {
    /// The letter `x`, so many times.
    Fill(u64),
    /// One megabyte of gzip that unpacks to one gigabyte of zeros. As a body it needs a `content-encoding: gzip`.
    GzipBomb {},
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Made> for Content {
    fn from(made: Made) -> Self {
        Self::Made(made)
    }
}

/// Beginning of a gzip file: a dynamic Huffman block in which a run of 258 zeros takes two bits, both 0, and after it
/// the first three zeros.
const GZIP_HEAD: [u8; 24] = [
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff, 0xed, 0xe0, 0x81, 0, 0, 0, 0, 0x80, 0x20, 0xec, 0x4f, 0xbd, 0x48, 0x55,
];
/// Bytes in the middle, each 0 and each four runs.
const GZIP_MIDDLE: u64 = 1 << 20;
/// End of the block, checksum and length.
const GZIP_TAIL: [u8; 9] = [0x03, 0x1b, 0x71, 0x6f, 0xea, 0x03, 0x00, 0x80, 0x40];

/// A part of some content: bytes, or one byte many times.
#[derive(Clone, Copy)]
pub(super) enum Piece<'c> {
    Bytes(&'c [u8]),
    Run(u8, u64),
}

impl Piece<'_> {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Run(_, length) => *length,
        }
    }
}

impl Content {
    pub(super) fn pieces(&self) -> Vec<Piece<'_>> {
        match self {
            Self::Text(text) => vec![Piece::Bytes(text.as_bytes())],
            Self::Bytes(bytes) => vec![Piece::Bytes(bytes)],
            Self::Made(Made::Fill(length)) => vec![Piece::Run(b'x', *length)],
            Self::Made(Made::GzipBomb {}) => vec![
                Piece::Bytes(&GZIP_HEAD),
                Piece::Run(0, GZIP_MIDDLE),
                Piece::Bytes(&GZIP_TAIL),
            ],
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.pieces().iter().map(Piece::len).sum()
    }
}
