//! Whether a request began to leave this machine.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request};

/// Tells whether anyone has asked for a request's body.
///
/// The HTTP client asks for it once it is connected and writes. Before that no whole request can have left, however the
/// try ended: by a time-out while connecting, say, which looks like any other.
#[derive(Debug)]
pub(crate) struct Departure(Arc<AtomicBool>);

impl Departure {
    /// Watches a request.
    pub(crate) fn of(request: &mut Request) -> Self {
        let body = request.body_mut().take();
        // A request without a body may be whole with its head alone.
        let no_body = body.as_ref().is_none_or(http_body::Body::is_end_stream);
        let begun = Arc::new(AtomicBool::new(no_body));
        *request.body_mut() = match body {
            Some(body) if !no_body => Some(Body::wrap(Watched {
                body,
                begun: Arc::clone(&begun),
            })),
            other => other,
        };
        Self(begun)
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

struct Watched {
    body: Body,
    begun: Arc<AtomicBool>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        self.begun.store(true, Ordering::Release);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
