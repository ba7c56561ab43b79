//! Credentials on requests of `http` and of reqwest.
#![cfg(test)]

use huaweicloud_auth::{AccessKey, Credentials, SigningTime, Token, X_AUTH_TOKEN};

const URL: &str = "https://ecs.cn-north-4.myhuaweicloud.com/v1/p/servers?name=a%20b";

fn now() -> SigningTime {
    "20191115T033655Z".parse().unwrap()
}

fn key() -> Credentials {
    AccessKey::new("QTWAOYTTINDUT2QVKYUC", "secret").unwrap().into()
}

fn request() -> http::Request<&'static str> {
    http::Request::put(URL)
        .header("content-type", "application/json")
        .body("{}")
        .unwrap()
}

#[test]
fn a_token_becomes_a_sensitive_header() {
    let mut request = request();
    let signed = Credentials::from(Token::new("a-token").unwrap()).authorize(&mut request, now());
    assert!(signed.unwrap().is_none());
    assert_eq!(request.headers()[X_AUTH_TOKEN], "a-token");
    assert!(request.headers()[X_AUTH_TOKEN].is_sensitive());
}

#[test]
fn an_access_key_signs() {
    let mut request = request();
    let signed = key().authorize(&mut request, now()).unwrap().unwrap();
    assert_eq!(request.headers()["authorization"], signed.authorization());
    assert_eq!(request.headers()["x-sdk-date"], "20191115T033655Z");
    assert!(!request.headers().contains_key(X_AUTH_TOKEN));
}

#[cfg(feature = "http")]
mod reqwest_requests {
    use huaweicloud_auth::SigningError;

    use super::*;

    /// reqwest writes a space as a plus, which cannot be signed.
    #[test]
    fn reqwest_gets_the_signature_of_the_same_request() {
        let client = reqwest::Client::new();
        let request = client.put(URL.split('?').next().unwrap()).query(&[("name", "a b")]);
        let mut request = request
            .header("content-type", "application/json")
            .body("{}")
            .build()
            .unwrap();
        key().authorize_reqwest(&mut request, now()).unwrap();
        assert_eq!(request.url().as_str(), URL);
        let mut same = super::request();
        key().authorize(&mut same, now()).unwrap();
        assert_eq!(request.headers()["authorization"], same.headers()["authorization"]);
    }

    #[test]
    fn a_stream_cannot_be_signed_but_can_have_a_token() {
        let stream = reqwest::Body::wrap(Unsized);
        let mut request = reqwest::Client::new().put(URL).body(stream).build().unwrap();
        let error = key().authorize_reqwest(&mut request, now()).unwrap_err();
        assert_eq!(error, SigningError::BodyIsStream);
        let token = Credentials::from(Token::new("a-token").unwrap());
        assert!(token.authorize_reqwest(&mut request, now()).unwrap().is_none());
    }

    struct Unsized;

    impl http_body::Body for Unsized {
        type Data = bytes::Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
            std::task::Poll::Ready(None)
        }
    }
}
