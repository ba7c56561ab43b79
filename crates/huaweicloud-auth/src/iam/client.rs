//! Requests to IAM.

use reqwest::{Method, Request, Url};

use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::iam::endpoint::IamEndpoint;
use crate::iam::response::{Response, no_response};
use crate::net::http::{HttpOptions, LazyClient};

/// A client of IAM at one endpoint.
#[derive(Debug)]
pub(crate) struct Iam {
    endpoint: IamEndpoint,
    client: LazyClient,
}

impl Iam {
    pub(crate) fn new(endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        let client = LazyClient::new(options, endpoint.network());
        Self { endpoint, client }
    }

    /// Sends a request that `complete` adds headers and body to, and reads the response. `secrets` are masked in errors.
    ///
    /// The second URL is tried only if the first cannot be connected to: a refusal counts towards the lock of an access key.
    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        secrets: &[&str],
        complete: impl Fn(&mut Request) -> Result<(), ProviderError>,
    ) -> Result<Response, ProviderError> {
        let client = self.client.get()?;
        let (mut first_error, mut ways) = (None, Vec::new());
        for base in self.endpoint.urls() {
            let url = Url::parse(&format!("{base}{path}"))
                .map_err(|error| ProviderError::invalid("IAM's endpoint cannot be used").with_source(error))?;
            ways.push(client.way_to(url.as_str()));
            let mut request = Request::new(method.clone(), url);
            complete(&mut request)?;
            match client.requests.execute(request).await {
                Err(error) if error.is_connect() => {
                    first_error.get_or_insert(error);
                }
                result => return Response::read(result, "IAM", secrets).await,
            }
        }
        let message = format!("no connection to IAM at {}", ways.join(" or "));
        Err(match first_error {
            Some(error) => no_response(error, "IAM").with_message(ProviderErrorKind::Unreachable, message),
            None => ProviderError::new(ProviderErrorKind::Unreachable, message),
        })
    }
}
