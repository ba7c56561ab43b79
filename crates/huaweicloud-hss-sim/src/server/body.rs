//! Reading a request's body, up to a limit.

use axum::body::Body;
use axum::http::header;
use axum::http::request::Parts;
use futures_util::StreamExt;

/// Maximum size of a body that the gateway takes: 12 MB.
const BODY_LIMIT: usize = 12 * 1024 * 1024;

/// Of a body that is too large, this much is read and dropped, so that a client still sending can read why it was
/// refused; a connection closed under it would lose the answer.
const DRAIN_LIMIT: usize = 8 * BODY_LIMIT;

/// A body, as far as it arrived.
pub(super) enum ReceivedBody {
    Whole(Vec<u8>),
    TooLarge,
    Broken,
}

impl ReceivedBody {
    pub(super) async fn read(parts: &Parts, body: Body) -> Self {
        let announced = parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: usize| length > DRAIN_LIMIT) {
            return Self::TooLarge;
        }
        let mut bytes = Vec::new();
        let mut length = 0_usize;
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            let Ok(chunk) = chunk else { return Self::Broken };
            length = length.saturating_add(chunk.len());
            if length <= BODY_LIMIT {
                bytes.extend_from_slice(&chunk);
            } else if length <= DRAIN_LIMIT {
                bytes = Vec::new();
            } else {
                return Self::TooLarge;
            }
        }
        if length > BODY_LIMIT {
            Self::TooLarge
        } else {
            Self::Whole(bytes)
        }
    }

    /// The bytes of a whole body, else none.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::TooLarge | Self::Broken => &[],
        }
    }
}
