//! Tells whether a request began to leave this machine.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request};

/// The body was not polled yet.
const PENDING: u8 = 0;
const POLLED: u8 = 1;
/// The body will not be given out any more.
const CLOSED: u8 = 2;

/// Tells whether the HTTP client has polled the body of a request.
///
/// It polls the body once it is connected and writes. Before that no complete request can have left, however the attempt
/// ended: by a time-out while connecting, for example, which reqwest reports like any other.
#[derive(Debug)]
pub(crate) struct SendGuard(Arc<AtomicU8>);

impl SendGuard {
    /// Watches a request.
    pub(crate) fn of(request: &mut Request) -> Self {
        let body = request.body_mut().take();
        // A request without a body may be whole with its head alone.
        let no_body = body.as_ref().is_none_or(http_body::Body::is_end_stream);
        let state = Arc::new(AtomicU8::new(if no_body { POLLED } else { PENDING }));
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
            .compare_exchange(PENDING, CLOSED, Ordering::AcqRel, Ordering::Acquire)
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
            .compare_exchange(PENDING, POLLED, Ordering::AcqRel, Ordering::Acquire);
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

    fn poll(request: &mut Request) -> Option<Result<Frame<Bytes>, reqwest::Error>> {
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
        let mut polled = request("body");
        let departure = SendGuard::of(&mut polled);
        assert!(poll(&mut polled).unwrap().is_ok());
        assert!(departure.close());
    }

    #[test]
    fn closed_guard_keeps_the_body_from_leaving() {
        let mut late = request("body");
        let departure = SendGuard::of(&mut late);
        assert!(!departure.close());
        assert!(poll(&mut late).unwrap().is_err());
    }

    #[test]
    fn request_without_a_body_counts_as_sent() {
        assert!(SendGuard::of(&mut request("")).close());
    }
}
