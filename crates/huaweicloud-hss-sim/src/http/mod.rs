//! HTTP itself: connections, TLS, answers and percent-encoding. It knows nothing of the service.

pub(crate) mod answer;
#[cfg(feature = "tls")]
pub(crate) mod authority;
pub(crate) mod connection;
pub(crate) mod control_hosts;
pub(crate) mod encoding;
#[cfg(feature = "tls")]
pub(crate) mod tls;
