//! Whether a request began to leave this machine.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request};

/// No one has asked for the body yet.
const WAITING: u8 = 0;
const BEGUN: u8 = 1;
/// No one will get it any more.
const CLOSED: u8 = 2;

/// Tells whether anyone has asked for a request's body.
///
/// The HTTP client asks for it once it is connected and writes. Before that no whole request can have left, however the
/// try ended: by a time-out while connecting, say, which looks like any other.
#[derive(Debug)]
pub(crate) struct SendGuard(Arc<AtomicU8>);

impl SendGuard {
    /// Watches a request.
    pub(crate) fn of(request: &mut Request) -> Self {
        let body = request.body_mut().take();
        // A request without a body may be whole with its head alone.
        let no_body = body.as_ref().is_none_or(http_body::Body::is_end_stream);
        let state = Arc::new(AtomicU8::new(if no_body { BEGUN } else { WAITING }));
        *request.body_mut() = match body {
            Some(body) if !no_body => Some(Body::wrap(Watched {
                body,
                state: Arc::clone(&state),
            })),
            other => other,
        };
        Self(state)
    }

    /// Whether the request began to leave. If not, it will not any more: the connection has a thread of its own, which
    /// may be about to ask.
    pub(crate) fn close(self) -> bool {
        self.0
            .compare_exchange(WAITING, CLOSED, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
    }
}

struct Watched {
    body: Body,
    state: Arc<AtomicU8>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let begun = self
            .state
            .compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire);
        if begun == Err(CLOSED) {
            return Poll::Ready(Some(Err("given up before it was sent".into())));
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http_body::Body as _;

    use super::*;

    fn asked_for(request: &mut Request) -> Option<Result<Frame<Bytes>, reqwest::Error>> {
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(request.body_mut().as_mut().unwrap()).poll_frame(&mut context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => panic!("a body in memory is there at once"),
        }
    }

    fn request(body: &'static str) -> Request {
        let url = "http://127.0.0.1/".parse().unwrap();
        let mut request = Request::new(http::Method::PUT, url);
        *request.body_mut() = Some(body.into());
        request
    }

    #[test]
    fn polled_body_counts_as_sent() {
        let mut asked = request("body");
        let departure = SendGuard::of(&mut asked);
        assert!(asked_for(&mut asked).unwrap().is_ok());
        assert!(departure.close());
    }

    #[test]
    fn closed_guard_keeps_the_body_from_leaving() {
        let mut late = request("body");
        let departure = SendGuard::of(&mut late);
        assert!(!departure.close());
        assert!(asked_for(&mut late).unwrap().is_err());
    }

    #[test]
    fn request_without_a_body_counts_as_sent() {
        assert!(SendGuard::of(&mut request("")).close());
    }
}
