//! Where IAM is.

use crate::credential::error::ProviderError;
use crate::net::http::{self as network, Reach};
use crate::net::region as regions;

/// IAM's URL, or the two of a region: its own, and the global one where its own cannot be reached.
#[derive(Debug, Clone)]
pub struct IamEndpoint {
    bases: Vec<String>,
    reach: Reach,
}

impl IamEndpoint {
    /// A region's IAM, and the global one for when the first cannot be connected to. The region need not be known here.
    ///
    /// # Errors
    ///
    /// Text that is no region's id.
    pub fn of_region(region: &str) -> Result<Self, ProviderError> {
        let bases = regions::iam_endpoints(region)
            .map_err(|error| ProviderError::invalid(error.to_string()).with_source(error))?;
        Ok(Self {
            bases,
            reach: Reach::Far,
        })
    }

    /// The global IAM, for when no region is known.
    pub fn global() -> Self {
        Self {
            bases: vec![regions::GLOBAL_IAM_ENDPOINT.to_owned()],
            reach: Reach::Far,
        }
    }

    /// IAM at a URL of one's own, with no other to fall back to. A path is kept. `https` only, but for this machine.
    ///
    /// # Errors
    ///
    /// Any other URL.
    pub fn new(url: &str) -> Result<Self, ProviderError> {
        let url = network::parse_base("IAM's endpoint", url)?;
        let loopback = network::is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => {
                let why =
                    "IAM's endpoint: only https is allowed, and http to this machine (127.0.0.1, [::1], localhost)";
                return Err(ProviderError::invalid(why));
            }
        }
        Ok(Self {
            bases: vec![url.as_str().trim_end_matches('/').to_owned()],
            reach: if loopback { Reach::Near } else { Reach::Far },
        })
    }

    /// The URLs in the order in which they are tried.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.bases.iter().map(String::as_str)
    }

    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }
}
