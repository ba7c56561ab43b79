//! What a service does with the SDK, by nothing but the packed crates.

use std::error::Error as StdError;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use huaweicloud_hss::auth::provider::DefaultChain;
use huaweicloud_hss::{Accepted, Client, Error, ErrorKind, Outcome, raw};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const THROTTLED: &str =
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A client of a server that gives each connection this answer, and the requests that it gets.
fn client(answer: &'static str) -> Result<(Client, Receiver<String>), Box<dyn StdError>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = String::new();
            // The body is JSON, and its last brace is the request's end.
            while !request.ends_with('}') {
                let mut bytes = [0; 4096];
                match stream.read(&mut bytes) {
                    Ok(read) if read > 0 => request.push_str(&String::from_utf8_lossy(&bytes[..read])),
                    _ => break,
                }
            }
            let _ = stream.write_all(answer.as_bytes());
            let _ = sender.send(request);
        }
    });
    let client = Client::builder().endpoint(endpoint).project_id("p").token("a-token").build()?;
    Ok((client, requests))
}

async fn by_raw(client: &Client) -> Result<Accepted, Error> {
    let (project_id, task_id) = ("p".try_into().unwrap(), "t".try_into().unwrap());
    let body: raw::types::RescanVulScanTaskRequestInfo =
        serde_json::from_str(r#"{"range_type": "all_failed_host"}"#).unwrap();
    client.raw().recreate_vul_scan_task(&project_id, &task_id, None, &body).await?;
    Ok(Accepted::new(None, 1))
}

/// What a program puts between itself and the client, to test without it.
trait Rescan {
    fn rescan(&self) -> Result<Accepted, Error>;
}

struct Mock;

impl Rescan for Mock {
    fn rescan(&self) -> Result<Accepted, Error> {
        Err(Error::builder(ErrorKind::Timeout, Outcome::Unknown, "made up").build())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let _chain = Client::builder().credentials_provider(DefaultChain::new().region("cn-north-4").build()?);

    let (client, requests) = client(OK)?;
    let request = client.retry_task("t").all_failed_clusters().header("traceparent", TRACEPARENT);
    drop(client);
    tokio::spawn(request.into_future()).await??;
    assert!(requests.recv()?.contains(&format!("traceparent: {TRACEPARENT}\r\n")));

    let (client, _requests) = self::client(THROTTLED)?;
    let request = client.recreate_vul_scan_task("t").all_failed_hosts().timeout(Duration::from_millis(50));
    let mut error = request.clone().await.unwrap_err();
    // A busy machine can need longer than that for an answer.
    for _ in 0..50 {
        if error.status().is_none() {
            error = request.clone().await.unwrap_err();
        }
    }
    assert_eq!((error.status(), error.outcome()), (Some(429), Outcome::Refused), "{error:?}");

    let client = Client::builder().endpoint("https://127.0.0.1:1").project_id("p").token("t").build()?;
    assert_eq!(by_raw(&client).await.unwrap_err().kind(), ErrorKind::Connect);

    assert_eq!(Mock.rescan().unwrap_err().outcome(), Outcome::Unknown);
    println!("consumer: done");
    Ok(())
}
