//! What the tests of the crates share. Not published; it knows none of them.
//!
//! - [`Server`]: answers as a test says, or fails, and keeps what arrived.
//! - [`Proxy`]: an HTTP and SOCKS proxy that plays the hosts behind it.
//! - [`Authority`]: a private certificate authority.
//! - [`secrets`]: finds a secret in whatever spelling it leaks.
//! - [`log`]: the whole log, for `cargo xtask leaks`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it runs in tests, which a panic fails"
)]

mod authority;
pub mod log;
mod proxy;
pub mod secrets;
mod server;
mod socks;

pub use authority::Authority;
pub use proxy::Proxy;
pub use server::{Answer, Bytes, Fault, Generated, Phase, Request, Server, Termination, TlsFault, answer_bytes};

/// A URL on this machine that refuses connections: its port was free a moment ago.
pub fn closed_endpoint() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
