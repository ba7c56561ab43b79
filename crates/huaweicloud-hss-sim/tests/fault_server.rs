//! The fault server: each act as a client sees it, and what the server says of it.
#![cfg(test)]
#![cfg(feature = "fault-server")]

mod support;

use std::io::ErrorKind;
use std::time::Duration;

use flate2::read::GzDecoder;
use huaweicloud_hss_sim::{Act, Answer, End, FaultServer, Made, Stage, TlsFault};
use support::{PATIENCE, client_trusting, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUEST: &[u8] = b"PUT /a?b=1 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: secret\r\nContent-Length: 4\r\n\r\nbody";

/// What a raw client got, and how it ended.
#[derive(Debug, PartialEq)]
enum Seen {
    Closed(String),
    Reset,
    /// Nothing more came, while the connection stood.
    Waits(String),
}

async fn connect(server: &FaultServer) -> TcpStream {
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
    tokio::time::timeout(PATIENCE, exchange).await.expect("an end in time")
}

async fn one(act: impl Into<Act>) -> (FaultServer, Seen) {
    let server = FaultServer::start([act.into()]).await.unwrap();
    let seen = talk(&mut connect(&server).await, REQUEST, |_| false).await;
    (server, seen)
}

fn ok() -> Act {
    Answer::new(200).into()
}

/// A client over TLS that trusts the server's authority, or nobody.
fn client(server: &FaultServer, trusts: bool) -> reqwest::Client {
    client_trusting(server.ca_certificate().filter(|_| trusts))
}

#[tokio::test]
async fn answers_and_keeps_the_connection_and_what_arrived() {
    let server = FaultServer::start([
        Answer::new(494).header("x-two", "b").body("late").into(),
        Answer::new(204).into(),
    ])
    .await
    .unwrap();
    let mut stream = connect(&server).await;
    let first = talk(&mut stream, REQUEST, |text| text.ends_with("late")).await;
    assert_eq!(
        first,
        Seen::Waits("HTTP/1.1 494 \r\nx-two: b\r\ncontent-length: 4\r\n\r\nlate".to_owned())
    );
    let chunks = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nt: 1\r\n\r\n";
    let second = talk(&mut stream, chunks, |text| text.ends_with("\r\n\r\n")).await;
    assert_eq!(second, Seen::Waits("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
    // The last act stays, and a client that asks for it gets its connection closed.
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
async fn a_part_of_a_request_is_told_from_a_whole_one() {
    let server = FaultServer::start([ok()]).await.unwrap();
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
async fn an_exchange_breaks_off_at_each_stage_in_each_way() {
    let stages = [
        (Stage::Connect, 0, ""),
        (Stage::Request, 0, ""),
        (Stage::Status, 1, ""),
        (Stage::Headers, 1, "x-reque"),
        (Stage::Body, 1, "content-length: 34\r\n\r\n{\"request_id\": \"0"),
    ];
    for (at, arrived, sent) in stages {
        let (server, seen) = one(Act::Break { at, by: End::Reset }).await;
        assert_eq!(seen, Seen::Reset, "{at:?}");
        assert_eq!((server.connections(), server.requests().len()), (1, arrived), "{at:?}");

        let (server, seen) = one(Act::Break { at, by: End::Close }).await;
        match seen {
            Seen::Closed(text) => assert!(text.ends_with(sent), "{at:?} {text}"),
            Seen::Reset => assert!(matches!(at, Stage::Connect | Stage::Request), "{at:?}"),
            Seen::Waits(_) => unreachable!(),
        }
        assert_eq!(server.requests().len(), arrived, "{at:?}");

        let server = FaultServer::start([Act::Break { at, by: End::Stall }]).await.unwrap();
        let mut stream = connect(&server).await;
        let seen = talk(&mut stream, REQUEST, |text| text.ends_with(sent)).await;
        assert!(matches!(seen, Seen::Waits(_)), "{at:?} {seen:?}");
        eventually(|| server.connections() == 1 && server.requests().len() == arrived).await;
        let more = tokio::time::timeout(Duration::from_millis(30), stream.read_u8()).await;
        assert!(more.is_err(), "{at:?}: {more:?}");
        drop(server);
        let ended = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        assert!(ended.expect("an end with the server").is_err(), "{at:?}");
    }
}

#[tokio::test]
async fn a_stall_ends_when_the_client_goes() {
    for at in [Stage::Connect, Stage::Request, Stage::Status] {
        let script = [Act::Break { at, by: End::Stall }, ok()];
        let server = FaultServer::start(script).await.unwrap();
        let mut stream = connect(&server).await;
        stream.write_all(REQUEST).await.unwrap();
        eventually(|| server.connections() == 1).await;
        stream.shutdown().await.unwrap();
        let ended = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        assert!(ended.expect("the server to let go").is_err(), "{at:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_can_be_followed_by_an_accepted_one() {
    let refuse = || Act::Refuse { for_ms: None };
    let server = FaultServer::start([refuse(), ok(), refuse(), ok()]).await.unwrap();
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
    let script = (0..ROUNDS).flat_map(|_| [ok(), Act::Refuse { for_ms: None }]);
    let server = FaultServer::start(script.chain([ok()])).await.unwrap();
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
async fn a_refusal_can_end_by_the_clock() {
    let server = FaultServer::start([Act::Refuse { for_ms: Some(20) }, ok()])
        .await
        .unwrap();
    let connected = async {
        loop {
            match TcpStream::connect(server.address()).await {
                Ok(stream) => return stream,
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
            }
        }
    };
    let mut stream = tokio::time::timeout(PATIENCE, connected).await.expect("an open port");
    let seen = talk(&mut stream, REQUEST, |text| text.ends_with("\r\n\r\n")).await;
    assert!(matches!(seen, Seen::Waits(_)), "{seen:?}");
}

#[tokio::test]
async fn an_answer_can_end_the_connection_that_it_promised_to_keep() {
    let (_server, seen) = one(Answer::new(200).body("x").then(End::Close)).await;
    assert_eq!(
        seen,
        Seen::Closed("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx".to_owned())
    );
    let (_server, seen) = one(Answer::new(200).then(End::Reset)).await;
    assert!(matches!(seen, Seen::Reset), "{seen:?}");
}

#[tokio::test]
async fn bodies_are_cut_short() {
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
    let whole = Answer::new(200).body("12345").chunked().then(End::Close);
    let (_server, seen) = one(whole).await;
    assert!(
        matches!(&seen, Seen::Closed(text) if text.ends_with("5\r\n12345\r\n0\r\n\r\n")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn broken_http_goes_out_as_it_is() {
    let mut bytes = b"HTTP/1.1 200\r\nx: \0\xff\r\n\r\n".to_vec();
    bytes.extend([0xc3, 0x28]);
    let server = FaultServer::start([Act::Raw(bytes.clone().into())]).await.unwrap();
    let mut stream = connect(&server).await;
    stream.write_all(REQUEST).await.unwrap();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, bytes);
}

#[tokio::test]
async fn headers_of_a_megabyte_and_bodies_of_any_bytes() {
    let answer = Answer::new(200)
        .header("x", Made::Fill(1 << 20))
        .body(vec![0xff, 0xfe])
        .then(End::Close);
    let (_server, seen) = one(answer).await;
    let Seen::Closed(text) = seen else { panic!("{seen:?}") };
    assert!(
        text.len() > 1 << 20 && text.contains("xxxx\r\ncontent-length: 2\r\n"),
        "{}",
        text.len()
    );
}

#[tokio::test]
async fn a_body_of_a_gigabyte_ends_where_the_client_goes() {
    for chunked in [false, true] {
        let big = Answer::new(200).body(Made::Fill(1 << 30));
        let big = if chunked { big.chunked() } else { big };
        let server = FaultServer::start([big.into(), ok()]).await.unwrap();
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
async fn a_bomb_of_a_megabyte_unpacks_to_a_gigabyte() {
    let bomb = Answer::new(200).body(Made::GzipBomb {}).then(End::Close);
    let server = FaultServer::start([bomb.into()]).await.unwrap();
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
async fn a_slow_answer_comes_byte_by_byte() {
    let (_server, seen) = one(Answer::new(200).body("ab").drip(1).then(End::Close)).await;
    assert_eq!(
        seen,
        Seen::Closed("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab".to_owned())
    );
    // 40 bytes or so, an hour apart: no more than the first can have come.
    let server = FaultServer::start([Answer::new(200).drip(3_600_000).into()])
        .await
        .unwrap();
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
async fn tls_is_good_unless_the_script_says_otherwise() {
    let faults = [
        TlsFault::Untrusted,
        TlsFault::OtherName,
        TlsFault::Expired,
        TlsFault::PlainText,
    ];
    for fault in faults {
        let script = [ok(), Act::Tls(fault), Answer::new(201).into()];
        let server = FaultServer::start_tls(script).await.unwrap();
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
async fn what_is_wrong_with_a_certificate_is_what_the_act_says() {
    for (fault, words) in [
        (TlsFault::Untrusted, ["UnknownIssuer", "BadSignature"]),
        (TlsFault::OtherName, ["NotValidForName", "NotValidForName"]),
        (TlsFault::Expired, ["Expired", "Expired"]),
    ] {
        let server = FaultServer::start_tls([Act::Tls(fault)]).await.unwrap();
        let error = client(&server, true).get(server.endpoint()).send().await.unwrap_err();
        let debug = format!("{error:?}");
        assert!(words.iter().any(|word| debug.contains(word)), "{fault:?} {debug}");
    }
    let server = FaultServer::start_tls([ok()]).await.unwrap();
    assert!(client(&server, false).get(server.endpoint()).send().await.is_err());
}

#[tokio::test]
async fn an_exchange_breaks_off_over_tls_too() {
    for at in [
        Stage::Connect,
        Stage::Request,
        Stage::Status,
        Stage::Headers,
        Stage::Body,
    ] {
        let server = FaultServer::start_tls([Act::Break { at, by: End::Reset }])
            .await
            .unwrap();
        let sent = async { client(&server, true).get(server.endpoint()).send().await?.bytes().await };
        let error = sent.await.unwrap_err();
        assert_eq!(error.is_connect(), at == Stage::Connect, "{at:?} {error:?}");
        let read = usize::from(!matches!(at, Stage::Connect | Stage::Request));
        assert_eq!(server.requests().len(), read, "{at:?}");
    }
}

#[tokio::test]
async fn a_script_is_json() {
    let acts: Vec<Act> = serde_json::from_str(
        r#"[{"refuse": {"for_ms": 5}}, {"refuse": {}}, {"break": {"at": "headers", "by": "stall"}}, {"tls": "other_name"},
            {"answer": {"status": 429, "headers": [["retry-after", "1"], ["x", [255]]], "body": {"fill": 9}, "cut": 3,
             "chunked": true, "then": "reset", "drip_ms": 2}},
            {"answer": {"status": 200, "body": {"gzip_bomb": {}}}}, {"raw": "SSH-2.0"}]"#,
    )
    .unwrap();
    let answer = Answer::new(429)
        .header("retry-after", "1")
        .header("x", vec![255])
        .body(Made::Fill(9))
        .cut(3)
        .chunked()
        .then(End::Reset)
        .drip(2);
    let written = [
        Act::Refuse { for_ms: Some(5) },
        Act::Refuse { for_ms: None },
        Act::Break {
            at: Stage::Headers,
            by: End::Stall,
        },
        Act::Tls(TlsFault::OtherName),
        answer.into(),
        Answer::new(200).body(Made::GzipBomb {}).into(),
        Act::Raw("SSH-2.0".into()),
    ];
    assert_eq!(acts, written);
    for wrong in [
        r#"{"answer": {"status": 200, "statsu": 1}}"#,
        r#"{"answer": {"status": 200, "status": 201}}"#,
        r#"{"answer": {"status": 200, "body": {"fill": 1, "more": 1}}}"#,
        r#"{"break": {"at": "headers", "by": "stall", "for": 1}}"#,
        r#"{"break": {"at": "lunch", "by": "stall"}}"#,
        r#"{"refuse": {"for": 1}}"#,
        r#"{"raw": "a", "tls": "expired"}"#,
    ] {
        assert!(serde_json::from_str::<Act>(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_script_that_cannot_be_played_is_refused() {
    let empty = FaultServer::start([]).await.unwrap_err().to_string();
    assert!(empty.contains("the script") && empty.contains("empty"), "{empty}");
    let tls = FaultServer::start([Act::Tls(TlsFault::Expired)])
        .await
        .unwrap_err()
        .to_string();
    assert!(tls.contains("no TLS"), "{tls}");
}
