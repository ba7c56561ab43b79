//! One request and its answer.

use std::error::Error as _;

use bytes::{Bytes, BytesMut};
use reqwest::{Request, Response};

use crate::error::hint;
use crate::error::{ErrorBuilder, ErrorKind, Outcome};
use crate::transport::response::{Answer, request_id};
use crate::transport::send_guard::SendGuard;

/// The most bytes of an answer that are read. The service answers with a few hundred.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// Sends the request and reads the answer, whatever it says. The response that comes with it has been emptied.
pub(crate) async fn exchange(
    client: &reqwest::Client,
    mut request: Request,
) -> Result<(Response, Answer), ErrorBuilder> {
    let departure = SendGuard::of(&mut request);
    let sent = client.execute(request).await;
    let mut response = sent.map_err(|error| not_answered(error, departure.close()))?;
    let answer = read(&mut response).await?;
    Ok((response, answer))
}

/// Takes the headers out of a response and reads its body, up to the limit.
async fn read(response: &mut Response) -> Result<Answer, ErrorBuilder> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = BytesMut::new();
    let fault = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_LIMIT => body.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                break ErrorBuilder::new(ErrorKind::Protocol, Outcome::Unknown, "the answer is larger than 1 MiB");
            }
            Ok(None) => {
                return Ok(Answer {
                    status,
                    headers,
                    body: body.freeze(),
                });
            }
            Err(error) if error.is_timeout() => break timed_out().source(error.without_url()),
            Err(error) => {
                break ErrorBuilder::new(ErrorKind::Protocol, Outcome::Unknown, "the answer broke off")
                    .hint(Some(hint::LOOK_FIRST))
                    .source(error.without_url());
            }
        }
    };
    // A refusal is one by its status alone, however the rest went.
    let told = Answer {
        status,
        headers,
        body: Bytes::new(),
    };
    let refused = status.is_client_error().then(|| told.error(str::to_owned));
    Err(refused.unwrap_or_else(|| fault.status(status.as_u16()).request_id(request_id(&told.headers))))
}

/// The error of a request that no answer came to. `begun`: whether any of it left this machine.
fn not_answered(error: reqwest::Error, begun: bool) -> ErrorBuilder {
    // The URL stands in the message of reqwest's error, and an endpoint of one's own may be no one else's business.
    let error = error.without_url();
    let draft = if error.is_builder() {
        ErrorBuilder::new(ErrorKind::Internal, Outcome::NotSent, "the request could not be built")
    } else if !begun {
        ErrorBuilder::new(ErrorKind::Connect, Outcome::NotSent, "no connection to the service")
            .hint(Some("check the endpoint, the network and any proxy on the way"))
    } else if error.is_timeout() {
        timed_out()
    } else if is_not_http(&error) {
        let message = "an answer that cannot be read as HTTP";
        ErrorBuilder::new(ErrorKind::Protocol, Outcome::Unknown, message)
    } else {
        let message = "the connection broke before an answer came";
        ErrorBuilder::new(ErrorKind::Connect, Outcome::Unknown, message).hint(Some(hint::LOOK_FIRST))
    };
    let draft = draft.source(error);
    match !begun && draft.is_insecure() {
        true => draft.hint(Some(
            "the certificate was refused, or the answer was not TLS: check the endpoint and any proxy, or name a company's own authority",
        )),
        false => draft,
    }
}

/// Whether something was answered that is not HTTP, or has more headers than the HTTP client reads.
fn is_not_http(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse)
}

fn timed_out() -> ErrorBuilder {
    ErrorBuilder::new(ErrorKind::Timeout, Outcome::Unknown, "no answer in time").hint(Some(hint::LOOK_FIRST))
}
