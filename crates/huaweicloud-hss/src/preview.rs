//! What a request would look like, without sending it.

use std::fmt;

use http::header::{CONTENT_LENGTH, HOST};
use reqwest::{Request, Url};

/// Stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// A request as it would go out, which was not sent.
///
/// It comes from the same code as a request that is sent, up to the moment of sending: method, URL, body and headers
/// are those of the wire, and values outside their limits are refused in the same way. Secrets are replaced by `***`.
/// A proxy on the way may add to it, and where another crate of the program turns on HTTP/2 in reqwest, the same
/// content goes out in that version's form.
///
/// `Display` writes it as HTTP/1.1 has it, with line feeds alone and nothing after the body: request line, headers,
/// empty line, body.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), huaweicloud_hss::Error> {
/// use huaweicloud_hss::Client;
///
/// let client = Client::builder().region("cn-north-4").project_id("0123").preview_only().build()?;
/// let preview = client.recreate_vul_scan_task("task/1").hosts(["host-a"]).preview().await?;
///
/// assert_eq!(preview.method(), "PUT");
/// assert_eq!(
///     preview.url(),
///     "https://hss.cn-north-4.myhuaweicloud.com/v5/0123/vulnerability/scan/task/task%2F1/rescan",
/// );
/// assert_eq!(preview.header("x-auth-token"), Some("***"));
/// assert_eq!(preview.body(), r#"{"range_type":"specific_host","host_ids":["host-a"]}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    method: String,
    url: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Preview {
    /// The preview of a request that has everything but what the HTTP client adds while sending.
    pub(crate) fn of(request: &Request) -> Self {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let own = request.headers().iter().map(|(name, value)| {
            let value = match value.is_sensitive() {
                true => MASK.into(),
                false => String::from_utf8_lossy(value.as_bytes()),
            };
            (name.to_string(), value.into_owned())
        });
        let added = [
            (HOST.to_string(), host(request.url())),
            (CONTENT_LENGTH.to_string(), body.len().to_string()),
        ];
        Self {
            method: request.method().to_string(),
            url: request.url().to_string(),
            target: target(request.url()),
            headers: own.chain(added).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The whole URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What stands in the request line: the path, and the query where there is one.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Names in lower case, and values; in the order of the wire.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Value of a header, whose name is compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers();
        let (_, value) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The body, to the byte.
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} HTTP/1.1", self.method, self.target)?;
        for (name, value) in self.headers() {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", self.body)
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    // `Url` keeps a port only where it is not the scheme's own, which is when it stands in the header too.
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
