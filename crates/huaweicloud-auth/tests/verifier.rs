//! Every reason to refuse a request, on its own.
#![cfg(test)]

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use huaweicloud_auth::{AccessKey, RequestView, Signer, SigningTime, Verified, Verifier, VerifyError, VerifyErrorKind};

const TIME: &str = "20260403T080000Z";

fn time(text: &str) -> SigningTime {
    text.parse().unwrap()
}

fn key() -> AccessKey {
    AccessKey::new("DUMMYAK0000000000000", "DUMMYSK00000000000000000000000000000000").unwrap()
}

fn unsigned() -> Request<&'static str> {
    let request = Request::put("https://hss.cn-north-4.myhuaweicloud.com/v5/p/common/tasks/t/retry?a=1");
    let request = request
        .header("content-type", "application/json")
        .header("x-project-id", "p");
    request.body("{}").unwrap()
}

fn signed_with(key: &AccessKey) -> Request<&'static str> {
    let mut request = unsigned();
    let signed = Signer::new()
        .sign(key, &RequestView::from(&request), time(TIME))
        .unwrap();
    signed.apply(request.headers_mut());
    request
}

fn verify(request: &Request<&str>, now: &str) -> Result<Verified, VerifyError> {
    let key = key();
    Verifier::new().verify(
        &RequestView::from(request),
        |id| (id == key.id()).then(|| key.clone()),
        time(now),
    )
}

fn reason(request: &Request<&str>) -> String {
    verify(request, TIME).unwrap_err().to_string()
}

fn edit(request: &mut Request<&str>, name: &'static str, edit: impl Fn(&str) -> String) {
    let old = request.headers()[name].to_str().unwrap().to_owned();
    request.headers_mut().insert(name, edit(&old).parse().unwrap());
}

#[test]
fn right_signature_is_accepted() {
    let verified = verify(&signed_with(&key()), TIME).unwrap();
    assert_eq!(verified.access_key_id(), "DUMMYAK0000000000000");
    let names: Vec<&str> = verified.signed_headers().iter().map(HeaderName::as_str).collect();
    assert_eq!(names, ["content-type", "host", "x-project-id", "x-sdk-date"]);
    assert_eq!(verified.time(), time(TIME));
}

#[test]
fn unsigned_request_is_refused() {
    let refusal = verify(&unsigned(), TIME).unwrap_err();
    assert!(matches!(refusal.kind(), VerifyErrorKind::NotSigned));
    assert_eq!(refusal.access_key_id(), None);
}

#[test]
fn malformed_authorization_is_refused() {
    let hex = "0".repeat(64);
    let cases = [
        ("", "nothing follows the algorithm"),
        ("Bearer abc", "the algorithm is not SDK-HMAC-SHA256"),
        ("V11-HMAC-SHA256 Credential=a", "the algorithm is not SDK-HMAC-SHA256"),
        ("SDK-HMAC-SHA256 Access", "a field has no '='"),
        ("SDK-HMAC-SHA256, Access=a", "the algorithm is not SDK-HMAC-SHA256"),
        (
            "SDK-HMAC-SHA256 Key=a",
            "a field is none of Access, SignedHeaders and Signature",
        ),
        ("SDK-HMAC-SHA256 Access=a, Access=a", "a field is repeated"),
        ("SDK-HMAC-SHA256 Access=", "Access is missing or empty"),
        ("SDK-HMAC-SHA256 Access=a", "SignedHeaders is missing"),
        ("SDK-HMAC-SHA256 Access=a, SignedHeaders=host", "Signature is missing"),
        (
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=00",
            "Signature is not 64 digits of lower-case hex",
        ),
        (
            &format!(
                "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature={}",
                "AB".repeat(32)
            ),
            "Signature is not 64 digits of lower-case hex",
        ),
        (
            &format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=, Signature={hex}"),
            "SignedHeaders has an invalid or upper-case name",
        ),
        (
            &format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=Host, Signature={hex}"),
            "SignedHeaders has an invalid or upper-case name",
        ),
        (
            &format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date;host, Signature={hex}"),
            "SignedHeaders is not sorted, or names a header twice",
        ),
        (
            &format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=host;host, Signature={hex}"),
            "SignedHeaders is not sorted, or names a header twice",
        ),
    ];
    for (header, problem) in cases {
        let mut request = signed_with(&key());
        request.headers_mut().insert("authorization", header.parse().unwrap());
        assert_eq!(
            reason(&request),
            format!("the Authorization header is malformed: {problem}"),
            "{header}"
        );
    }
    let mut request = signed_with(&key());
    let again = request.headers()["authorization"].clone();
    request.headers_mut().append("authorization", again);
    assert!(reason(&request).ends_with("the header is repeated, or not text"));
}

#[test]
fn unknown_key_is_refused() {
    let refusal = verify(&signed_with(&AccessKey::new("OTHER", "x").unwrap()), TIME).unwrap_err();
    assert!(matches!(refusal.kind(), VerifyErrorKind::UnknownAccessKey));
    assert_eq!(refusal.access_key_id(), Some("OTHER"));
}

#[test]
fn mismatch_has_the_canonical_request() {
    let other = AccessKey::new(key().id(), "wrong").unwrap();
    let request = signed_with(&other);
    let signed = Signer::new()
        .sign(&other, &RequestView::from(&unsigned()), time(TIME))
        .unwrap();
    let refusal = verify(&request, TIME).unwrap_err();
    let VerifyErrorKind::SignatureMismatch {
        canonical_request,
        string_to_sign,
    } = refusal.kind()
    else {
        panic!("{refusal:?}");
    };
    assert_eq!(canonical_request.as_str(), signed.canonical_request().as_str());
    assert_eq!(string_to_sign, signed.string_to_sign());
    assert_eq!(refusal.access_key_id(), Some(key().id()));
}

/// Both ends are inside.
#[test]
fn skew_of_up_to_fifteen_minutes_is_accepted() {
    let request = signed_with(&key());
    for now in ["20260403T074500Z", "20260403T081500Z"] {
        assert!(verify(&request, now).is_ok(), "{now}");
    }
    for now in ["20260403T074459Z", "20260403T081501Z"] {
        let refusal = verify(&request, now).unwrap_err();
        let message = format!("the request was signed at {TIME}, too far from the server time {now}");
        assert_eq!(refusal.to_string(), message);
        assert!(matches!(refusal.kind(), VerifyErrorKind::Skew { server_time, .. } if *server_time == time(now)));
    }
    let verifier = Verifier::new().max_skew(std::time::Duration::from_secs(60));
    let known = |_: &str| Some(key());
    assert!(
        verifier
            .verify(&RequestView::from(&request), known, time("20260403T080100Z"))
            .is_ok()
    );
    assert!(
        verifier
            .verify(&RequestView::from(&request), known, time("20260403T080101Z"))
            .is_err()
    );
}

#[test]
fn missing_headers_are_refused() {
    let mut request = signed_with(&key());
    request.headers_mut().remove("x-project-id");
    assert_eq!(reason(&request), "the header x-project-id is missing, or not signed");

    let mut request = signed_with(&key());
    request.headers_mut().remove("x-sdk-date");
    assert_eq!(reason(&request), "the header x-sdk-date is missing, or not signed");

    let mut request = signed_with(&key());
    edit(&mut request, "authorization", |old| old.replace(";x-sdk-date", ""));
    assert_eq!(reason(&request), "the header x-sdk-date is missing, or not signed");

    // Without the host's name in the list the signature is another.
    let mut request = signed_with(&key());
    edit(&mut request, "authorization", |old| old.replace("host;", ""));
    assert_eq!(reason(&request), "the signature does not match");
}

#[test]
fn malformed_date_is_refused() {
    for date in ["", "2026-04-03T08:00:00Z", "20260403T080060Z", "20260230T080000Z"] {
        let mut request = signed_with(&key());
        request.headers_mut().insert("x-sdk-date", date.parse().unwrap());
        let expected = "the header x-sdk-date is not of the form YYYYMMDDTHHMMSSZ";
        assert_eq!(reason(&request), expected, "{date}");
    }
}

#[test]
fn security_token_must_be_the_keys() {
    let own = key().with_security_token("right").unwrap();
    let check = |request: &Request<&str>, known: &AccessKey| {
        let view = RequestView::from(request);
        match Verifier::new().verify(&view, |_| Some(known), time(TIME)) {
            Ok(_) => "accepted".to_owned(),
            Err(refusal) => refusal.to_string(),
        }
    };
    let foreign = "the security token does not belong to the access key";
    let other = key().with_security_token("wrong").unwrap();
    assert_eq!(check(&signed_with(&own), &own), "accepted");
    assert_eq!(check(&signed_with(&other), &own), foreign);
    assert_eq!(check(&signed_with(&key()), &own), foreign);
    assert_eq!(check(&signed_with(&own), &key()), foreign);

    let mut request = signed_with(&key());
    request
        .headers_mut()
        .insert("x-security-token", HeaderValue::from_static("right"));
    assert_eq!(
        check(&request, &own),
        "the header x-security-token is missing, or not signed"
    );
}

#[test]
fn ambiguous_request_is_refused() {
    let mut request = signed_with(&key());
    request
        .headers_mut()
        .append("x-project-id", HeaderValue::from_static("q"));
    let expected = "the signed header x-project-id is repeated";
    assert_eq!(reason(&request), format!("the request cannot be verified: {expected}"));
}

/// Bytes come from the wire; over HTTP/2 the host is in the URI alone.
#[test]
fn host_is_verified_as_received() {
    let mut request = signed_with(&key());
    let received = RequestView::received(
        request.method(),
        request.uri().path(),
        Some("a=1"),
        request.headers(),
        b"{}",
    );
    assert!(Verifier::new().verify(&received, |_| Some(key()), time(TIME)).is_ok());

    request.headers_mut().remove("host");
    assert!(verify(&request, TIME).is_ok());
    let received = RequestView::received(
        request.method(),
        request.uri().path(),
        Some("a=1"),
        request.headers(),
        b"{}",
    );
    let refusal = Verifier::new()
        .verify(&received, |_| Some(key()), time(TIME))
        .unwrap_err();
    assert_eq!(refusal.to_string(), "the header host is missing, or not signed");
}

/// The gateway wants the date signed and no more.
#[test]
fn unsigned_host_is_accepted() {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("a"));
    let view = RequestView::received(&Method::GET, "/", None, &headers, b"");
    let signed = Signer::new()
        .signed_headers([])
        .sign(&key(), &view, time(TIME))
        .unwrap();
    assert!(
        signed
            .authorization()
            .to_str()
            .unwrap()
            .contains("SignedHeaders=x-sdk-date,")
    );
    signed.apply(&mut headers);
    headers.insert("host", HeaderValue::from_static("b"));
    let view = RequestView::received(&Method::GET, "/", None, &headers, b"");
    assert!(Verifier::new().verify(&view, |_| Some(key()), time(TIME)).is_ok());
}
