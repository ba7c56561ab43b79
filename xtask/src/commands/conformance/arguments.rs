//! The arguments of `cargo xtask conformance`.

use clap::{Args, ValueEnum};

/// What to compare, and how.
#[derive(Args)]
pub struct Conformance {
    /// What to compare [default: everything]
    pub what: Vec<What>,
    /// How many random requests to sign
    #[arg(long, default_value_t = 10_000)]
    pub count: usize,
    /// What the random requests are made from; a difference names it [default: another one each time]
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Each installs what it needs under target/conformance, from the package registries. A toolchain that is absent is named.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum What {
    /// Test the Python client of openapi-generator; a bound that is changed in the document only must fail one case
    Python,
    /// Test the client of openapi-typescript and openapi-fetch; an invalid combination must not compile
    Typescript,
    /// Test the Go client of openapi-generator
    Go,
    /// Test the Java client of openapi-generator
    Java,
    /// Compare our signatures with the official Python signer, for openapi/signing and random requests
    Signing,
    /// Call hss-sim with the official SDKs, and verify the requests of hss with the official Python signer
    Sdk,
    /// Let Schemathesis test hss-sim with generated requests, and check that it finds injected faults
    Schemathesis,
}
