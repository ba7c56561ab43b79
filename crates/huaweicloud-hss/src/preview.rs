//! What a request would look like, without sending it.

use std::fmt;

use http::header::{CONTENT_LENGTH, HOST};
use reqwest::{Request, Url};

/// Replaces a secret.
pub(crate) const MASK: &str = "***";

/// A request as it would go out, which was not sent.
///
/// It comes from the same code as a request that is sent, up to the moment of sending: method, URL, body and headers
/// are those of the wire, and values outside their limits are refused in the same way. Secrets are replaced by `***`.
/// A proxy may add to it, and if another crate of the program enables HTTP/2 in reqwest, the same
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

    /// The target of the request line: the path, and the query if there is one.
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
    // `Url` keeps a port only if it is not the scheme's default, and so does the header.
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

#[cfg(test)]
mod tests {
    use crate::{Client, ErrorKind, Outcome, Preview, raw};

    async fn preview(endpoint: &str) -> Preview {
        let client = Client::builder()
            .endpoint(endpoint)
            .project_id("p")
            .token("secret-token");
        let client = client.build().unwrap();
        client.retry_task("t").all_failed_clusters().preview().await.unwrap()
    }

    #[tokio::test]
    async fn host_header_has_a_port_only_where_the_wire_has_one() {
        for (endpoint, host) in [
            ("https://example.com", "example.com"),
            ("https://example.com:443/base/", "example.com"),
            ("https://example.com:8443", "example.com:8443"),
            ("http://127.0.0.1:80", "127.0.0.1"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(preview(endpoint).await.header("Host"), Some(host), "{endpoint}");
        }
    }

    #[tokio::test]
    async fn preview_keeps_the_endpoints_path_and_masks_the_token() {
        let preview = preview("https://example.com/base/").await;
        assert_eq!(preview.target(), "/base/v5/p/common/tasks/t/retry");
        assert_eq!(preview.url(), format!("https://example.com{}", preview.target()));
        let shown = format!("{preview} {preview:?}");
        assert!(!shown.contains("secret-token"), "{shown}");
        assert!(shown.contains("x-auth-token: ***\n"), "{shown}");
    }

    #[tokio::test]
    async fn target_includes_the_query() {
        let client = Client::builder().region("cn-north-4").project_id("p").preview_only();
        let client = client.build().unwrap();
        let request = client.recreate_vul_scan_task("t").all_failed_hosts();
        let preview = request.enterprise_project_id("a&b+c").preview().await.unwrap();
        let target = "/v5/p/vulnerability/scan/task/t/rescan?enterprise_project_id=a%26b%2Bc";
        assert_eq!(preview.target(), target);
        assert!(preview.to_string().starts_with(&format!("PUT {target} HTTP/1.1\n")));
    }

    #[tokio::test]
    async fn preview_refuses_values_outside_their_limits() {
        let client = Client::builder().region("cn-north-4").project_id("p").preview_only();
        let client = client.build().unwrap();
        for found in [0, 1000] {
            let preview = client.retry_task("x".repeat(found)).all_failed_clusters().preview();
            let error = preview.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let text = format!("task_id: {found} characters found, 1 to ");
            assert!(error.to_string().starts_with(&text), "{error}");
        }
    }

    #[tokio::test]
    async fn preview_only_client_refuses_to_send() {
        // Nothing listens there, so an attempt would end as a failed connection.
        let client = Client::builder()
            .endpoint("http://127.0.0.1:1")
            .project_id("p")
            .token("t");
        let client = client.preview_only().build().unwrap();
        let error = client.retry_task("t").all_failed_clusters().send().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
        assert_eq!(error.to_string(), "client: built with preview_only() and cannot send");
    }

    #[tokio::test]
    async fn call_by_another_client_is_not_a_preview() {
        let client = Client::builder()
            .endpoint("http://127.0.0.1:1")
            .project_id("p")
            .token("t");
        let client = client.build().unwrap();
        let other = client.raw();
        let preview = raw::preview(client.raw(), async |_| {
            let body = raw::types::RescanVulScanTaskRequestInfo::AllFailedHost;
            let (project_id, task_id) = ("p".try_into().unwrap(), "t".try_into().unwrap());
            other.recreate_vul_scan_task(&project_id, &task_id, None, &body).await
        });
        assert_eq!(preview.await.unwrap_err().kind(), ErrorKind::Connect);
    }
}
