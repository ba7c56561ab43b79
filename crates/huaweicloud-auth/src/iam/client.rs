//! Requests to IAM.

use reqwest::{Method, Request, Url};

use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::iam::endpoint::IamEndpoint;
use crate::iam::response::{Answer, read};
use crate::net::http::{HttpOptions, LazyClient};

/// IAM at one endpoint.
#[derive(Debug)]
pub(crate) struct Iam {
    endpoint: IamEndpoint,
    client: LazyClient,
}

impl Iam {
    pub(crate) fn new(endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        let client = LazyClient::new(options, endpoint.reach());
        Self { endpoint, client }
    }

    /// Sends a request that `complete` gives what it needs besides method and URL, and reads the answer.
    ///
    /// The second URL is tried where nothing was delivered to the first, and never otherwise: a refusal counts towards
    /// the lock of an access key. `secrets` are masked in what IAM says.
    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        secrets: &[&str],
        complete: impl Fn(&mut Request) -> Result<(), ProviderError>,
    ) -> Result<Answer, ProviderError> {
        let client = self.client.get()?;
        let mut first = None;
        for base in self.endpoint.urls() {
            let url = format!("{base}{path}");
            let url = Url::parse(&url)
                .map_err(|error| ProviderError::invalid("IAM's endpoint cannot be used").with_source(error))?;
            let mut request = Request::new(method.clone(), url);
            complete(&mut request)?;
            match client.execute(request).await {
                Ok(response) => return read(response, "IAM", secrets).await,
                Err(error) => {
                    let error = not_answered(error, "IAM");
                    let delivered = error.kind() != ProviderErrorKind::Unreachable;
                    if delivered {
                        return Err(error);
                    }
                    first.get_or_insert(error);
                }
            }
        }
        let hosts: Vec<&str> = self.endpoint.urls().collect();
        let message = format!("no connection to IAM ({})", hosts.join(", "));
        let error = ProviderError::new(ProviderErrorKind::Unreachable, message);
        Err(match first {
            Some(first) => error.with_cause_of(&first),
            None => error,
        })
    }
}

/// The error of a request that no answer came to.
pub(crate) fn not_answered(error: reqwest::Error, who: &str) -> ProviderError {
    let (kind, what) = if error.is_connect() {
        (ProviderErrorKind::Unreachable, "no connection to")
    } else if error.is_timeout() {
        (ProviderErrorKind::Timeout, "no answer in time from")
    } else if error.is_builder() {
        (ProviderErrorKind::Invalid, "no request can be made to")
    } else {
        (
            ProviderErrorKind::Protocol,
            "the connection broke before an answer came from",
        )
    };
    // The URL can be no one else's business, and reqwest's message has it.
    ProviderError::new(kind, format!("{what} {who}")).with_source(error.without_url())
}
