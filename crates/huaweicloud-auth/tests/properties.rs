//! What one signs the other verifies, and refuses when anything that is signed has changed.
#![cfg(test)]

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use huaweicloud_auth::{AccessKey, RequestView, Signer, SigningTime, Verified, Verifier, VerifyError, VerifyErrorKind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::Index;

/// A request as a server receives it.
#[derive(Debug, Clone)]
struct Received {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Received {
    fn view(&self) -> RequestView<'_> {
        RequestView::received(
            &self.method,
            &self.path,
            self.query.as_deref(),
            &self.headers,
            &self.body,
        )
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers
            .insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
}

type Change<'a> = &'a dyn Fn(&mut Received);

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

prop_compose! {
    fn any_request()(
        method in prop::sample::select(vec![Method::GET, Method::PUT, Method::POST, Method::DELETE]),
        pieces in prop::collection::vec(any::<String>(), 1..5),
        pairs in prop::option::of(prop::collection::vec((any::<String>(), any::<String>()), 0..5)),
        note in "[ \\t]{0,2}[a-zé一]{1,8}[ \\t]{0,2}[a-z]{0,8}",
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) -> Received {
        let path = pieces.iter().map(|piece| format!("/{}", encoded(piece))).collect();
        let query = pairs.map(|pairs| {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
            pairs.join("&")
        });
        let mut request = Received { method, path, query, headers: HeaderMap::new(), body };
        request.set("host", "hss.cn-north-4.myhuaweicloud.com");
        request.set("content-type", "application/json");
        request.set("x-project-id", "0123456789abcdef0123456789abcdef");
        request.set("x-note", &note);
        request
    }
}

prop_compose! {
    fn any_key()(
        id in "[A-Z0-9]{1,24}",
        secret in "[!-~é一]{1,80}",
        token in prop::option::of("[!-~]{1,100}"),
    ) -> AccessKey {
        let key = AccessKey::new(id, secret).unwrap();
        match token {
            Some(token) => key.with_security_token(token).unwrap(),
            None => key,
        }
    }
}

fn any_time() -> impl Strategy<Value = SigningTime> {
    // Up to the last hour of the year 9999, which leaves room for the skew.
    (3_600_i64..253_402_297_200).prop_map(|seconds| SigningTime::from_unix_seconds(seconds).unwrap())
}

fn signed(mut request: Received, key: &AccessKey, time: SigningTime) -> Received {
    let names = ["content-type", "host", "x-project-id", "x-note"].map(HeaderName::from_static);
    let signed = Signer::new()
        .signed_headers(names)
        .sign(key, &request.view(), time)
        .unwrap();
    signed.apply(&mut request.headers);
    request
}

fn verify(request: &Received, key: &AccessKey, now: SigningTime) -> Result<Verified, VerifyError> {
    Verifier::new().verify(&request.view(), |id| (id == key.id()).then_some(key), now)
}

fn mismatch(request: &Received, key: &AccessKey, now: SigningTime) -> bool {
    match verify(request, key, now) {
        Err(refusal) => matches!(refusal.kind(), VerifyErrorKind::SignatureMismatch { .. }),
        Ok(_) => false,
    }
}

fn later(time: SigningTime, seconds: i64) -> SigningTime {
    SigningTime::from_unix_seconds(time.unix_seconds() + seconds).unwrap()
}

proptest! {
    #[test]
    fn verifier_accepts_signed_requests(request in any_request(), key in any_key(), time in any_time(), skew in -900_i64..=900) {
        let request = signed(request, &key, time);
        let verified = verify(&request, &key, later(time, skew)).unwrap();
        prop_assert_eq!(verified.access_key_id(), key.id());
        prop_assert_eq!(verified.time(), time);
    }

    #[test]
    fn verifier_accepts_equivalent_spellings(request in any_request(), key in any_key(), time in any_time()) {
        let mut request = signed(request, &key, time);
        request.path = request.path.replace("%2D", "-").replace("%E", "%e");
        request.query = request.query.map(|query| query.split('&').rev().collect::<Vec<_>>().join("&"));
        let note = request.headers["x-note"].as_bytes().to_vec();
        request.headers.insert("x-note", HeaderValue::from_bytes(note.trim_ascii()).unwrap());
        // What is not signed may change on the way.
        request.set("user-agent", "a proxy's");
        prop_assert!(verify(&request, &key, time).is_ok());
    }

    #[test]
    fn verifier_refuses_any_change(request in any_request(), key in any_key(), time in any_time(), at in any::<Index>(), bit in 0_u8..8) {
        let request = signed(request, &key, time);
        let changes: [(&str, Change); 10] = [
            ("method", &|changed| changed.method = Method::PATCH),
            ("path's end", &|changed| changed.path.push_str("/x")),
            ("path's start", &|changed| changed.path.insert(1, 'x')),
            ("query", &|changed| changed.query = Some(["x=1&", changed.query.as_deref().unwrap_or_default()].concat())),
            ("host", &|changed| changed.set("host", "hss.cn-north-1.myhuaweicloud.com")),
            ("project", &|changed| changed.set("x-project-id", "0123456789abcdef0123456789abcdee")),
            ("type", &|changed| changed.set("content-type", "application/xml")),
            ("note", &|changed| changed.set("x-note", "other")),
            ("date", &|changed| changed.set("x-sdk-date", &later(time, 1).to_string())),
            ("body's end", &|changed| changed.body.push(0)),
        ];
        for (what, change) in changes {
            let mut changed = request.clone();
            change(&mut changed);
            prop_assert!(mismatch(&changed, &key, time), "{}", what);
        }
        if !request.body.is_empty() {
            let mut changed = request.clone();
            changed.body[at.index(request.body.len())] ^= 1 << bit;
            prop_assert!(mismatch(&changed, &key, time));
        }
        // One digit in the target: within an escape it can also leave what is no text.
        if let Some(place) = request.path.rfind('1') {
            let mut changed = request.clone();
            changed.path.replace_range(place..=place, "2");
            prop_assert!(verify(&changed, &key, time).is_err());
        }
        if let Some(place) = request.query.as_ref().and_then(|query| query.rfind('1')) {
            let mut changed = request.clone();
            changed.query.as_mut().unwrap().replace_range(place..=place, "2");
            prop_assert!(verify(&changed, &key, time).is_err());
        }
    }

    #[test]
    fn verifier_refuses_another_secret(request in any_request(), key in any_key(), time in any_time()) {
        let request = signed(request, &key, time);
        let other = AccessKey::new(key.id(), "another secret").unwrap();
        let other = match request.headers.get("x-security-token") {
            Some(token) => other.with_security_token(token.to_str().unwrap()).unwrap(),
            None => other,
        };
        prop_assert!(mismatch(&request, &other, time));
    }

    #[test]
    fn verifier_refuses_another_signature(request in any_request(), key in any_key(), time in any_time(), at in 0_usize..64) {
        let mut request = signed(request, &key, time);
        let mut text = request.headers["authorization"].to_str().unwrap().to_owned();
        let at = text.len() - 64 + at;
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        text.replace_range(at..=at, digit);
        request.set("authorization", &text);
        prop_assert!(mismatch(&request, &key, time));
    }

    /// Whatever stands in the header, nothing panics and nothing but the right text passes.
    #[test]
    fn verifier_does_not_panic_on_any_authorization(text in "(SDK-HMAC-SHA256 )?[ -~é]{0,120}", request in any_request(), time in any_time()) {
        let key = AccessKey::new("AccessKey", "SecretKey").unwrap();
        let mut request = signed(request, &key, time);
        request.set("authorization", &text);
        prop_assert!(verify(&request, &key, time).is_err());
    }

    /// Nor does any path, query or header's value make the signer panic; and a refusal is one that it knows.
    #[test]
    fn signer_does_not_panic_on_any_text(path in any::<String>(), query in any::<String>(), value in prop::collection::vec(any::<u8>(), 0..20), time in any_time()) {
        let key = AccessKey::new("AccessKey", "SecretKey").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("h"));
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.insert("x-project-id", value);
        }
        let view = RequestView::received(&Method::GET, &path, Some(&query), &headers, b"");
        let _ = Signer::new().sign(&key, &view, time);
    }
}
