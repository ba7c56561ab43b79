//! HTTP itself: connections, TLS, answers and percent-encoding. Nothing here knows the simulator.

pub(crate) mod answer;
#[cfg(feature = "tls")]
pub(crate) mod authority;
pub(crate) mod connection;
pub(crate) mod encoding;
#[cfg(feature = "tls")]
pub(crate) mod tls;
