//! The simulator as its users see it, over the wire. One program, because each links everything.
#![cfg(test)]

mod access;
mod agreement;
#[cfg(feature = "cli")]
mod binary;
mod document;
mod service;
mod support;
#[cfg(feature = "tls")]
mod tls;
