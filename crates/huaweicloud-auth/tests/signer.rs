//! The edges of signing: hosts, headers, bodies, times and what has no canonical form.
#![cfg(test)]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use huaweicloud_auth::{AccessKey, RequestView, Signed, Signer, SigningError, SigningTime, TimeError};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn sign(request: http::request::Builder, body: &[u8]) -> Result<Signed, SigningError> {
    let key = AccessKey::new("AccessKey", "SecretKey").unwrap();
    let request = request.body(body).unwrap();
    Signer::new().sign(&key, &RequestView::from(&request), "20200608T023900Z".parse().unwrap())
}

/// One line of the canonical request, counted from 0.
fn line(request: http::request::Builder, number: usize) -> String {
    let signed = sign(request, b"").unwrap();
    signed
        .canonical_request()
        .as_str()
        .split('\n')
        .nth(number)
        .unwrap()
        .to_owned()
}

#[test]
fn signed_host_has_the_port_of_the_wire() {
    let cases = [
        ("https://h/", "h"),
        ("https://h:443/", "h"),
        ("http://h:80/", "h"),
        ("https://h:80/", "h:80"),
        ("http://h:443/", "h:443"),
        ("https://h:8443/", "h:8443"),
        ("https://user:word@h:8443/", "h:8443"),
        ("https://h:/", "h"),
        ("https://[::1]:8443/", "[::1]:8443"),
        ("https://[::1]/", "[::1]"),
    ];
    for (uri, host) in cases {
        assert_eq!(line(Request::get(uri), 3), format!("host:{host}"), "{uri}");
    }
    assert_eq!(
        line(Request::get("https://h:1/").header("host", "other"), 3),
        "host:other"
    );
    assert_eq!(
        sign(Request::get("/only/a/path"), b"").unwrap_err(),
        SigningError::NoHost
    );
    assert_eq!(
        sign(Request::get("https://h/").header("host", ""), b"").unwrap_err(),
        SigningError::NoHost
    );
}

/// What signing sets comes back as headers to set, and no more.
#[test]
fn signed_headers_are_set_and_marked_sensitive() {
    let names = |signed: &Signed| {
        let mut names: Vec<String> = signed.headers().keys().map(ToString::to_string).collect();
        names.sort();
        names.join(" ")
    };
    let signed = sign(Request::get("https://h/"), b"").unwrap();
    assert_eq!(names(&signed), "authorization host x-sdk-date");
    assert!(signed.headers()["authorization"].is_sensitive());
    let signed = sign(Request::get("https://h/").header("host", "h"), b"").unwrap();
    assert_eq!(names(&signed), "authorization x-sdk-date");

    // In place of stale ones, as when a request is signed again.
    let key = AccessKey::new("AccessKey", "SecretKey")
        .unwrap()
        .with_security_token("new")
        .unwrap();
    let mut request = Request::get("https://h/").body("").unwrap();
    for name in ["x-sdk-date", "x-security-token", "authorization"] {
        request.headers_mut().insert(name, HeaderValue::from_static("old"));
    }
    let time = "20200608T023900Z".parse().unwrap();
    let signed = Signer::default()
        .sign(&key, &RequestView::from(&request), time)
        .unwrap();
    assert!(signed.headers()["x-security-token"].is_sensitive());
    assert_eq!(&signed.headers()["authorization"], signed.authorization());
    signed.apply(request.headers_mut());
    assert_eq!(request.headers()["x-sdk-date"], "20200608T023900Z");
    assert_eq!(request.headers()["x-security-token"], "new");
    assert_eq!(request.headers().len(), 4);
}

#[test]
fn caller_chooses_the_signed_headers() {
    let key = AccessKey::new("AccessKey", "SecretKey").unwrap();
    let request = Request::get("https://h/")
        .header("b", "1")
        .header("a", "2")
        .header("user_agent", "3")
        .body("");
    let names = ["b", "a", "b", "not-there", "user_agent", "authorization"].map(HeaderName::from_static);
    let signer = Signer::new().signed_headers(names);
    let signed = signer.sign(
        &key,
        &RequestView::from(&request.unwrap()),
        "20200608T023900Z".parse().unwrap(),
    );
    let authorization = signed.unwrap().authorization().to_str().unwrap().to_owned();
    assert!(
        authorization.contains(" SignedHeaders=a;b;x-sdk-date, "),
        "{authorization}"
    );
}

#[test]
fn ambiguous_requests_are_refused() {
    let get = || Request::get("https://h/");
    let bytes = HeaderValue::from_bytes(b"\xff").unwrap();
    let name = HeaderName::from_static("x-project-id");
    let twice = get().header("x-project-id", "a").header("x-project-id", "b");
    let cases = [
        (twice, SigningError::HeaderRepeated { name: name.clone() }),
        (
            get().header("x-project-id", bytes),
            SigningError::HeaderNotText { name },
        ),
        (Request::get("https://h/%ff"), SigningError::PathNotText),
        (Request::get("https://h/?%ff"), SigningError::QueryNotText),
        (Request::get("https://h/?a=%c3"), SigningError::QueryNotText),
        (Request::get("https://h/?a=b+c"), SigningError::PlusInQuery),
        (get().header("x-sdk-content-sha256", "other"), SigningError::ContentHash),
    ];
    for (request, expected) in cases {
        let error = sign(request, b"body").unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.to_string().is_empty());
    }
    // A header that is not signed can be anything.
    let odd = get().header("x-other", "a").header("x-other", "b");
    assert!(sign(odd, b"").is_ok());
}

#[test]
fn body_is_hashed_unless_unsigned() {
    let last_line = |request, body: &[u8]| {
        let signed = sign(request, body).unwrap();
        signed
            .canonical_request()
            .as_str()
            .rsplit('\n')
            .next()
            .unwrap()
            .to_owned()
    };
    let put = || Request::put("https://h/");
    assert_eq!(last_line(put(), b""), EMPTY);
    // The best known of all: SHA-256 of "abc".
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(last_line(put(), b"abc"), abc);
    assert_eq!(last_line(put().header("x-sdk-content-sha256", abc), b"abc"), abc);
    let unsigned = || put().header("x-sdk-content-sha256", "UNSIGNED-PAYLOAD");
    assert_eq!(last_line(unsigned(), b"abc"), "UNSIGNED-PAYLOAD");
    assert_eq!(last_line(unsigned(), b""), EMPTY);
}

/// Only what was received can be so: a client's URI has a path.
#[test]
fn empty_path_is_the_root() {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("h"));
    let key = AccessKey::new("AccessKey", "SecretKey").unwrap();
    let view = RequestView::received(&Method::GET, "", None, &headers, b"");
    let signed = Signer::new()
        .sign(&key, &view, "20200608T023900Z".parse().unwrap())
        .unwrap();
    assert!(signed.canonical_request().as_str().starts_with("GET\n/\n\nhost:h\n"));
}

#[test]
fn times_have_one_form() {
    let text = |seconds: i64| SigningTime::from_unix_seconds(seconds).map(|time| time.to_string());
    assert_eq!(text(0).unwrap(), "19700101T000000Z");
    assert_eq!(text(951_782_399).unwrap(), "20000228T235959Z");
    assert_eq!(text(951_782_400).unwrap(), "20000229T000000Z");
    assert_eq!(text(253_402_300_799).unwrap(), "99991231T235959Z");
    for seconds in [-1, 253_402_300_800, i64::MIN, i64::MAX] {
        assert_eq!(text(seconds), Err(TimeError::OutOfRange), "{seconds}");
    }
    for seconds in [0, 1, 951_782_400, 253_402_300_799] {
        let time: SigningTime = text(seconds).unwrap().parse().unwrap();
        assert_eq!(time.unix_seconds(), seconds);
    }
    let half = SystemTime::UNIX_EPOCH + Duration::from_millis(1_999);
    assert_eq!(SigningTime::try_from(half).unwrap().to_string(), "19700101T000001Z");
    let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
    assert_eq!(SigningTime::try_from(before), Err(TimeError::OutOfRange));
    let after = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    assert_eq!(SigningTime::try_from(after), Err(TimeError::OutOfRange));

    assert_eq!("19691231T235959Z".parse::<SigningTime>(), Err(TimeError::OutOfRange));
    let wrong = [
        "",
        "20200608T023900",
        "20200608t023900z",
        "2020-06-08T02:39:00Z",
        "20201308T023900Z",
        "20210229T000000Z",
        "20200608T240000Z",
        "20200608T026000Z",
        "20200608T023960Z",
        "+2020608T023900Z",
        " 20200608T02390Z",
        "２０200608T02Z",
        "20200608T023900ZZ",
    ];
    for text in wrong {
        assert_eq!(text.parse::<SigningTime>(), Err(TimeError::Malformed), "{text}");
    }
}
