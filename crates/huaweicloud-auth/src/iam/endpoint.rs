//! Where IAM is.

use crate::credential::error::ProviderError;
use crate::net::base_url::{BaseUrl, Network};
use crate::net::region;

/// IAM for all regions but those that are sites of their own.
const GLOBAL: &str = "https://iam.myhuaweicloud.com";

/// IAM's URL, or the two of a region: its own, and the global one for when the first cannot be reached.
#[derive(Debug, Clone)]
pub struct IamEndpoint {
    urls: Vec<String>,
    network: Network,
}

impl IamEndpoint {
    /// A region's IAM, and the global one for when the first cannot be connected to. Any region's id will do.
    ///
    /// # Errors
    ///
    /// Text that is not a region's id.
    pub fn of_region(region: &str) -> Result<Self, ProviderError> {
        let mut urls = vec![region::endpoint("iam", region)?];
        // The credentials of one site are not shown to another.
        if !region::is_separate_site(region) {
            urls.push(GLOBAL.to_owned());
        }
        Ok(Self {
            urls,
            network: Network::Public,
        })
    }

    /// The global IAM, for when no region is known.
    pub fn global() -> Self {
        Self {
            urls: vec![GLOBAL.to_owned()],
            network: Network::Public,
        }
    }

    /// IAM at this URL alone. A path is kept. Only `https` is allowed, and `http` to this machine.
    ///
    /// # Errors
    ///
    /// Any other URL.
    pub fn new(url: &str) -> Result<Self, ProviderError> {
        let url = BaseUrl::parse(url)
            .map_err(|error| ProviderError::invalid(format!("IAM's endpoint: {error}")).with_source(error))?;
        Ok(Self {
            urls: vec![url.as_str().to_owned()],
            network: url.network(),
        })
    }

    /// The URLs in the order in which they are tried.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.urls.iter().map(String::as_str)
    }

    pub(crate) fn network(&self) -> Network {
        self.network
    }
}
