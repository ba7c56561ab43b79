//! A client that sends exactly what a test says: no URL is parsed, no path normalised, no header added.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use huaweicloud_auth::{AccessKey, RequestView, Signer, SigningTime};
use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Quota, Simulator, SimulatorBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The document, read independently of the simulator.
pub const DOCUMENT: &str = include_str!("../../../openapi/hss-v5.json");

/// Maximum wait for anything in these tests.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A simulator without a quota, for tests of other things.
pub fn unlimited() -> SimulatorBuilder {
    Simulator::builder().quota(Quota::off())
}

/// The key that a simulator always accepts.
pub fn key(simulator: &Simulator) -> AccessKey {
    AccessKey::new(simulator.access_key(), simulator.secret_key()).unwrap()
}

/// A client that trusts one authority, or none.
pub fn client_trusting(pem: Option<&str>) -> reqwest::Client {
    let authority = pem.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()).unwrap());
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(authority)
        .build()
        .unwrap()
}

/// Advances the runtime's clock, by which tokens and keys expire, but not the machine's.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A rescan of a task, whose id is given percent-encoded.
    pub fn rescan(simulator: &Simulator, raw_task: &str) -> Self {
        let project = simulator.project_id();
        Self::new(
            "PUT",
            &format!("/v5/{project}/vulnerability/scan/task/{raw_task}/rescan"),
        )
        .token(simulator.token())
    }

    /// A retry of a task, whose id is given percent-encoded.
    pub fn retry(simulator: &Simulator, raw_task: &str) -> Self {
        let project = simulator.project_id();
        Self::new("PUT", &format!("/v5/{project}/common/tasks/{raw_task}/retry")).token(simulator.token())
    }

    pub fn demo_rescan(simulator: &Simulator) -> Self {
        Self::rescan(simulator, DEMO_VUL_SCAN_TASK_ID)
    }

    pub fn demo_retry(simulator: &Simulator) -> Self {
        Self::retry(simulator, DEMO_CLUSTER_SCAN_TASK_ID)
    }

    pub fn token(self, token: &str) -> Self {
        self.header("X-Auth-Token", token)
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Signs the request as it is now, in place of the token, at a time this many seconds from now.
    pub fn signed(self, simulator: &Simulator, key: &AccessKey, seconds_from_now: i64) -> Self {
        let now = jiff::Timestamp::now().as_second() + seconds_from_now;
        let host = simulator.address().to_string();
        let mut call = self.without_header("x-auth-token").header("Host", host);
        let method = Method::try_from(call.method.as_str()).unwrap();
        let (path, query) = match call.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.target.as_str(), None),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            let name = HeaderName::try_from(name.as_str()).unwrap();
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let view = RequestView::received(&method, path, query, &headers, &call.body);
        let time = SigningTime::from_unix_seconds(now).unwrap();
        let signed = Signer::new().sign(key, &view, time).unwrap();
        for (name, value) in signed.headers() {
            call = call.without_header(name.as_str()).header(name.as_str(), value);
        }
        call
    }

    pub fn query(mut self, query: &str) -> Self {
        let _ = write!(self.target, "?{query}");
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// A body with the content type of JSON, whatever it is.
    pub fn text(self, body: &str) -> Self {
        self.without_header("content-type")
            .header("Content-Type", "application/json")
            .bytes(body.as_bytes())
    }

    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub async fn send(&self, simulator: &Simulator) -> Reply {
        self.send_to(simulator.address()).await
    }

    pub async fn send_to(&self, address: SocketAddr) -> Reply {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.method,
            self.target,
            self.body.len()
        )
        .into_bytes();
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.extend_from_slice(format!("Host: {address}\r\n").as_bytes());
        }
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(&self.body);
        let exchange = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&head).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            answer
        };
        Reply::parse(
            &tokio::time::timeout(TIMEOUT, exchange)
                .await
                .expect("an answer in time"),
        )
    }
}

/// One answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Self {
        let split = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a whole head");
        let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: String::from_utf8(bytes[split + 4..].to_vec()).unwrap(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Status and code; the code is empty where there is no body.
    pub fn verdict(&self) -> (u16, String) {
        let code = if self.body.is_empty() {
            String::new()
        } else {
            self.json()["error_code"].as_str().unwrap_or_default().to_owned()
        };
        (self.status, code)
    }

    #[track_caller]
    pub fn assert_accepted(&self) {
        assert_eq!(self.verdict(), (200, String::new()), "{}", self.body);
    }

    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.verdict(), (status, code.to_owned()), "{}", self.body);
    }

    #[track_caller]
    pub fn assert_message_holds(&self, text: &str) {
        let json = self.json();
        let message = json["error_msg"].as_str().unwrap();
        assert!(message.contains(text), "{message:?} does not hold {text:?}");
    }
}

/// Waits until something holds, without a pause of a fixed length.
pub async fn eventually(mut holds: impl FnMut() -> bool) {
    let held = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, held).await.expect("it to hold in time");
}
