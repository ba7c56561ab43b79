//! The server: each fault as a client sees it, and what the server says of it.
#![cfg(test)]

use std::io::ErrorKind;
use std::time::Duration;

use flate2::read::GzDecoder;
use testkit::{Answer, Fault, Generated, Phase, Server, Termination, TlsFault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Maximum wait for anything in these tests.
const TIMEOUT: Duration = Duration::from_secs(20);

const REQUEST: &[u8] = b"PUT /a?b=1 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: secret\r\nContent-Length: 4\r\n\r\nbody";

/// What a raw client got, and how it ended.
#[derive(Debug, PartialEq)]
enum Seen {
    Closed(String),
    Reset,
    /// Nothing more came, while the connection stood.
    Waits(String),
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).await.unwrap()
}

/// Sends a request and reads until something holds, or the end.
async fn talk(stream: &mut TcpStream, request: &[u8], enough: impl Fn(&str) -> bool) -> Seen {
    let exchange = async {
        if let Err(error) = stream.write_all(request).await {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            return Seen::Reset;
        }
        let mut got = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&got).into_owned();
            if enough(&text) {
                return Seen::Waits(text);
            }
            match stream.read_buf(&mut got).await {
                Ok(0) => return Seen::Closed(text),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                    return Seen::Reset;
                }
            }
        }
    };
    tokio::time::timeout(TIMEOUT, exchange).await.expect("an end in time")
}

async fn one(fault: impl Into<Fault>) -> (Server, Seen) {
    let server = Server::start([fault.into()]).await;
    let seen = talk(&mut connect(&server).await, REQUEST, |_| false).await;
    (server, seen)
}

fn ok() -> Fault {
    Answer::new(200).into()
}

/// A client over TLS that trusts the server's authority, or none.
fn client(server: &Server, trusts: bool) -> reqwest::Client {
    let pem = server.ca_certificate().filter(|_| trusts);
    let authority = pem.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()).unwrap());
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(authority)
        .build()
        .unwrap()
}

/// Waits until something holds, without a pause of a fixed length.
async fn eventually(mut holds: impl FnMut() -> bool) {
    let held = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, held).await.expect("it to hold in time");
}

#[tokio::test]
async fn answers_keep_the_connection_and_requests_are_kept() {
    let server = Server::start([Answer::new(494).header("x-two", "b").body("late"), Answer::new(204)]).await;
    let mut stream = connect(&server).await;
    let first = talk(&mut stream, REQUEST, |text| text.ends_with("late")).await;
    assert_eq!(
        first,
        Seen::Waits("HTTP/1.1 494 \r\nx-two: b\r\ncontent-length: 4\r\n\r\nlate".to_owned())
    );
    let chunks = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nt: 1\r\n\r\n";
    let second = talk(&mut stream, chunks, |text| text.ends_with("\r\n\r\n")).await;
    assert_eq!(second, Seen::Waits("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
    // The last fault stays, and a client that asks for it gets its connection closed.
    let third = talk(&mut stream, b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", |_| false).await;
    assert!(
        matches!(third, Seen::Closed(text) if text.starts_with("HTTP/1.1 204") && text.contains("connection: close"))
    );
    let requests = server.requests();
    assert_eq!(server.connections(), 1);
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].line, "PUT /a?b=1 HTTP/1.1");
    assert_eq!(requests[0].header("X-AUTH-token"), Some("secret"));
    assert_eq!(requests[0].headers[0], ("host".to_owned(), "x".to_owned()));
    assert_eq!(requests[0].body, b"body");
    assert_eq!(requests[1].body, b"abcd");
    assert!(requests.iter().all(|request| request.whole));
    let debug = format!("{requests:?} {server:?}");
    assert!(!debug.contains("secret"), "{debug}");
}

#[tokio::test]
async fn a_connection_ends_with_its_keep_alive() {
    let server = Server::start([Answer::new(204).keep_alive(1)]).await;
    let mut stream = connect(&server).await;
    let seen = talk(&mut stream, b"GET / HTTP/1.1\r\n\r\n", |_| false).await;
    assert_eq!(seen, Seen::Closed("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
    // The time holds for a further request, not for the first.
    let mut waits = connect(&server).await;
    eventually(|| server.connections() == 2).await;
    let first = talk(&mut waits, b"GET / HTTP/1.1\r\n\r\n", |_| false).await;
    assert_eq!(first, Seen::Closed("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
}

#[tokio::test]
async fn a_partial_request_is_not_whole() {
    let server = Server::start([ok()]).await;
    for part in [3, 40, REQUEST.len() - 1] {
        let mut stream = connect(&server).await;
        stream.write_all(&REQUEST[..part]).await.unwrap();
        drop(stream);
    }
    eventually(|| server.requests().len() == 3).await;
    assert!(server.requests().iter().all(|request| !request.whole));
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn an_exchange_breaks_off_at_each_phase_in_each_way() {
    let phases = [
        (Phase::Connect, 0, ""),
        (Phase::Request, 0, ""),
        (Phase::Status, 1, ""),
        (Phase::Headers, 1, "x-reque"),
        (Phase::Body, 1, "content-length: 34\r\n\r\n{\"request_id\": \"0"),
    ];
    for (at, arrived, sent) in phases {
        let (server, seen) = one(Fault::Break {
            at,
            by: Termination::Reset,
        })
        .await;
        assert_eq!(seen, Seen::Reset, "{at:?}");
        assert_eq!((server.connections(), server.requests().len()), (1, arrived), "{at:?}");

        let (server, seen) = one(Fault::Break {
            at,
            by: Termination::Close,
        })
        .await;
        match seen {
            Seen::Closed(text) => assert!(text.ends_with(sent), "{at:?} {text}"),
            Seen::Reset => assert!(matches!(at, Phase::Connect | Phase::Request), "{at:?}"),
            Seen::Waits(_) => unreachable!(),
        }
        assert_eq!(server.requests().len(), arrived, "{at:?}");

        let server = Server::start([Fault::Break {
            at,
            by: Termination::Stall,
        }])
        .await;
        let mut stream = connect(&server).await;
        let seen = talk(&mut stream, REQUEST, |text| text.ends_with(sent)).await;
        assert!(matches!(seen, Seen::Waits(_)), "{at:?} {seen:?}");
        eventually(|| server.connections() == 1 && server.requests().len() == arrived).await;
        let more = tokio::time::timeout(Duration::from_millis(30), stream.read_u8()).await;
        assert!(more.is_err(), "{at:?}: {more:?}");
        drop(server);
        let ended = tokio::time::timeout(TIMEOUT, stream.read_u8()).await;
        assert!(ended.expect("an end with the server").is_err(), "{at:?}");
    }
}

#[tokio::test]
async fn a_stall_ends_when_the_client_goes() {
    for at in [Phase::Connect, Phase::Request, Phase::Status] {
        let script = [
            Fault::Break {
                at,
                by: Termination::Stall,
            },
            ok(),
        ];
        let server = Server::start(script).await;
        let mut stream = connect(&server).await;
        stream.write_all(REQUEST).await.unwrap();
        eventually(|| server.connections() == 1).await;
        stream.shutdown().await.unwrap();
        let ended = tokio::time::timeout(TIMEOUT, stream.read_u8()).await;
        assert!(ended.expect("the server to let go").is_err(), "{at:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_can_be_followed_by_an_accepted_one() {
    let refuse = || Fault::Refuse { for_ms: None };
    let server = Server::start([refuse(), ok(), refuse(), ok()]).await;
    for round in 1..=2 {
        for _ in 0..3 {
            let error = TcpStream::connect(server.address()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        server.open().await;
        // The answer before says that the connection ends, and by then the port is closed.
        let seen = talk(&mut connect(&server).await, REQUEST, |text| {
            round == 2 && text.ends_with("\r\n\r\n")
        })
        .await;
        match (round, seen) {
            (1, Seen::Closed(text)) => assert!(text.contains("connection: close"), "{text}"),
            (2, Seen::Waits(text)) => assert!(!text.contains("connection: close"), "{text}"),
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!((server.connections(), server.requests().len()), (2, 2));
}

/// The client's thread runs beside the server's: it connects in the moment in which it has the last byte.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_port_is_closed_before_the_answer_that_it_follows() {
    const ROUNDS: usize = 100;
    let script = (0..ROUNDS).flat_map(|_| [ok(), Fault::Refuse { for_ms: None }]);
    let server = Server::start(script.chain([ok()])).await;
    for round in 0..ROUNDS {
        let address = server.address();
        let refused = tokio::task::spawn_blocking(move || {
            use std::io::{Read, Write};
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(REQUEST).unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                answer.push(byte[0]);
            }
            std::net::TcpStream::connect(address).map(drop)
        });
        let error = refused.await.unwrap().expect_err("a closed port");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "round {round}");
        server.open().await;
    }
    assert_eq!(server.connections(), ROUNDS);
}

#[tokio::test]
async fn a_timed_refusal_ends_by_itself() {
    let server = Server::start([Fault::Refuse { for_ms: Some(20) }, ok()]).await;
    let connected = async {
        loop {
            match TcpStream::connect(server.address()).await {
                Ok(stream) => return stream,
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
            }
        }
    };
    let mut stream = tokio::time::timeout(TIMEOUT, connected).await.expect("an open port");
    let seen = talk(&mut stream, REQUEST, |text| text.ends_with("\r\n\r\n")).await;
    assert!(matches!(seen, Seen::Waits(_)), "{seen:?}");
}

#[tokio::test]
async fn an_answer_can_end_the_connection_that_it_promised_to_keep() {
    let (_server, seen) = one(Answer::new(200).body("x").then(Termination::Close)).await;
    assert_eq!(
        seen,
        Seen::Closed("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx".to_owned())
    );
    let (_server, seen) = one(Answer::new(200).then(Termination::Reset)).await;
    assert!(matches!(seen, Seen::Reset), "{seen:?}");
}

#[tokio::test]
async fn bodies_are_cut_where_the_script_says() {
    let (_server, seen) = one(Answer::new(200).body("12345").cut(2)).await;
    assert!(
        matches!(&seen, Seen::Closed(text) if text.ends_with("content-length: 5\r\n\r\n12")),
        "{seen:?}"
    );
    let (_server, seen) = one(Answer::new(200).body("12345").chunked().cut(5)).await;
    assert!(
        matches!(&seen, Seen::Closed(text) if text.ends_with("\r\n\r\n5\r\n12345\r\n")),
        "{seen:?}"
    );
    let whole = Answer::new(200).body("12345").chunked().then(Termination::Close);
    let (_server, seen) = one(whole).await;
    assert!(
        matches!(&seen, Seen::Closed(text) if text.ends_with("5\r\n12345\r\n0\r\n\r\n")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn raw_bytes_are_sent_unchanged() {
    let mut bytes = b"HTTP/1.1 200\r\nx: \0\xff\r\n\r\n".to_vec();
    bytes.extend([0xc3, 0x28]);
    let server = Server::start([Fault::Raw(bytes.clone().into())]).await;
    let mut stream = connect(&server).await;
    stream.write_all(REQUEST).await.unwrap();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, bytes);
}

#[tokio::test]
async fn headers_can_have_a_megabyte_and_bodies_any_bytes() {
    let answer = Answer::new(200)
        .header("x", Generated::Fill(1 << 20))
        .body(vec![0xff, 0xfe])
        .then(Termination::Close);
    let (_server, seen) = one(answer).await;
    let Seen::Closed(text) = seen else { panic!("{seen:?}") };
    assert!(
        text.len() > 1 << 20 && text.contains("xxxx\r\ncontent-length: 2\r\n"),
        "{}",
        text.len()
    );
}

#[tokio::test]
async fn a_generated_body_ends_when_the_client_goes() {
    for chunked in [false, true] {
        let big = Answer::new(200).body(Generated::Fill(1 << 30));
        let big = if chunked { big.chunked() } else { big };
        let server = Server::start([big.into(), ok()]).await;
        let mut stream = connect(&server).await;
        stream.write_all(REQUEST).await.unwrap();
        let mut some = vec![0; 3 << 20];
        stream.read_exact(&mut some).await.unwrap();
        drop(stream);
        let head = String::from_utf8_lossy(&some[..100]);
        assert!(
            head.contains(if chunked {
                "\r\n\r\n10000\r\nxxx"
            } else {
                "content-length: 1073741824\r\n\r\nxxx"
            }),
            "{head}"
        );
        // It serves on.
        let seen = talk(&mut connect(&server).await, REQUEST, |text| text.ends_with("\r\n\r\n")).await;
        assert!(matches!(seen, Seen::Waits(_)), "{seen:?}");
    }
}

#[tokio::test]
async fn the_gzip_bomb_unpacks_to_a_gigabyte() {
    let bomb = Answer::new(200).body(Generated::GzipBomb {}).then(Termination::Close);
    let server = Server::start([bomb]).await;
    let mut stream = connect(&server).await;
    stream.write_all(REQUEST).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let packed = answer.split_off(head + 4);
    assert!((1_000_000..1_100_000).contains(&packed.len()), "{}", packed.len());

    // It checks length and checksum.
    let unpacked = std::io::copy(&mut GzDecoder::new(packed.as_slice()), &mut std::io::sink()).unwrap();
    assert_eq!(unpacked, 1_082_130_435);
}

#[tokio::test]
async fn a_dripped_answer_comes_byte_by_byte() {
    let (_server, seen) = one(Answer::new(200).body("ab").drip(1).then(Termination::Close)).await;
    assert_eq!(
        seen,
        Seen::Closed("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab".to_owned())
    );
    // 40 bytes or so, an hour apart: no more than the first can have come.
    let server = Server::start([Answer::new(200).drip(3_600_000)]).await;
    let mut stream = connect(&server).await;
    stream.write_all(REQUEST).await.unwrap();
    eventually(|| server.requests().len() == 1).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(30), stream.read_u8())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn tls_succeeds_unless_the_script_says_otherwise() {
    let faults = [
        TlsFault::Untrusted,
        TlsFault::OtherName,
        TlsFault::Expired,
        TlsFault::PlainText,
    ];
    for fault in faults {
        let script = [ok(), Fault::Tls(fault), Answer::new(201).into()];
        let server = Server::start_tls(script).await;
        let client = client(&server, true);
        let get = || client.get(server.endpoint()).send();
        assert_eq!(get().await.unwrap().status(), 200, "{fault:?}");
        let error = get().await.unwrap_err();
        assert!(error.is_connect(), "{fault:?} {error:?}");
        assert_eq!(
            server.requests().len(),
            1,
            "{fault:?}: nothing went to a server that is not trusted"
        );
        assert_eq!(get().await.unwrap().status(), 201, "{fault:?}");
        assert_eq!(server.connections(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn tls_clients_name_what_is_wrong_with_the_certificate() {
    for (fault, words) in [
        (TlsFault::Untrusted, ["UnknownIssuer", "BadSignature"]),
        (TlsFault::OtherName, ["NotValidForName", "NotValidForName"]),
        (TlsFault::Expired, ["Expired", "Expired"]),
    ] {
        let server = Server::start_tls([Fault::Tls(fault)]).await;
        let error = client(&server, true).get(server.endpoint()).send().await.unwrap_err();
        let debug = format!("{error:?}");
        assert!(words.iter().any(|word| debug.contains(word)), "{fault:?} {debug}");
    }
    let server = Server::start_tls([ok()]).await;
    assert!(client(&server, false).get(server.endpoint()).send().await.is_err());
}

#[tokio::test]
async fn an_exchange_breaks_off_over_tls_too() {
    for at in [
        Phase::Connect,
        Phase::Request,
        Phase::Status,
        Phase::Headers,
        Phase::Body,
    ] {
        let server = Server::start_tls([Fault::Break {
            at,
            by: Termination::Reset,
        }])
        .await;
        let sent = async { client(&server, true).get(server.endpoint()).send().await?.bytes().await };
        let error = sent.await.unwrap_err();
        assert_eq!(error.is_connect(), at == Phase::Connect, "{at:?} {error:?}");
        let read = usize::from(!matches!(at, Phase::Connect | Phase::Request));
        assert_eq!(server.requests().len(), read, "{at:?}");
    }
}

#[tokio::test]
async fn a_script_is_read_from_json() {
    let faults: Vec<Fault> = serde_json::from_str(
        r#"[{"refuse": {"for_ms": 5}}, {"refuse": {}}, {"break": {"at": "headers", "by": "stall"}}, {"tls": "other_name"},
            {"answer": {"status": 429, "headers": [["retry-after", "1"], ["x", [255]]], "body": {"fill": 9}, "cut": 3,
             "chunked": true, "then": "reset", "drip_ms": 2}},
            {"answer": {"status": 200, "body": {"gzip_bomb": {}}}}, {"raw": "SSH-2.0"}]"#,
    )
    .unwrap();
    let answer = Answer::new(429)
        .header("retry-after", "1")
        .header("x", vec![255])
        .body(Generated::Fill(9))
        .cut(3)
        .chunked()
        .then(Termination::Reset)
        .drip(2);
    let written = [
        Fault::Refuse { for_ms: Some(5) },
        Fault::Refuse { for_ms: None },
        Fault::Break {
            at: Phase::Headers,
            by: Termination::Stall,
        },
        Fault::Tls(TlsFault::OtherName),
        answer.into(),
        Answer::new(200).body(Generated::GzipBomb {}).into(),
        Fault::Raw("SSH-2.0".into()),
    ];
    assert_eq!(faults, written);
    for wrong in [
        r#"{"answer": {"status": 200, "statsu": 1}}"#,
        r#"{"answer": {"status": 200, "status": 201}}"#,
        r#"{"answer": {"status": 200, "body": {"fill": 1, "more": 1}}}"#,
        r#"{"break": {"at": "headers", "by": "stall", "for": 1}}"#,
        r#"{"break": {"at": "lunch", "by": "stall"}}"#,
        r#"{"refuse": {"for": 1}}"#,
        r#"{"raw": "a", "tls": "expired"}"#,
    ] {
        assert!(serde_json::from_str::<Fault>(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
#[should_panic(expected = "the script is empty")]
async fn an_empty_script_panics() {
    Server::start([] as [Fault; 0]).await;
}

#[tokio::test]
#[should_panic(expected = "the server has no TLS")]
async fn a_tls_fault_without_tls_panics() {
    Server::start([Fault::Tls(TlsFault::Expired)]).await;
}

#[tokio::test]
async fn a_function_answers_by_the_request_and_its_number() {
    let server =
        Server::respond(|request, number| Answer::new(200).body(format!("{number} {}", request.target()))).await;
    let mut stream = connect(&server).await;
    for expected in ["1 /a?b=1", "2 /a?b=1"] {
        let seen = talk(&mut stream, REQUEST, |text| text.ends_with(expected)).await;
        assert!(matches!(seen, Seen::Waits(_)), "{seen:?}");
    }
    let requests = server.take_requests();
    assert_eq!((requests.len(), server.requests().len()), (2, 0));
    assert_eq!(requests[0].method(), "PUT");
    assert_eq!(requests[0].path_and_query(), ("/a", "b=1"));
}

#[tokio::test]
#[should_panic(expected = "the header x came more than once")]
async fn a_header_that_came_twice_panics() {
    let server = Server::start([ok()]).await;
    talk(
        &mut connect(&server).await,
        b"GET / HTTP/1.0\r\nX: 1\r\nx: 2\r\n\r\n",
        |_| false,
    )
    .await;
    let _ = server.requests()[0].header("x");
}
