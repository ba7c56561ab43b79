//! A second document: it is listed in `xtask/documents.json`, its module is declared and given the transport, and its
//! operations, which read, are called.
#![cfg(test)]

mod drill;

use drill::{Copy, Edit, create, insert};

const GENERATED: &str = "crates/huaweicloud-hss/src/generated/mod.rs";

/// Every edit that a document needs, and a program that calls its operations.
const EDITS: &[Edit] = &[
    create("openapi/made-up.yaml", include_str!("drill/second/document.yaml")),
    insert(
        "xtask/documents.json",
        "\n]",
        ",
  {
    \"yaml\": \"openapi/made-up.yaml\",
    \"code\": \"crates/huaweicloud-hss/src/generated/made_up\",
    \"types\": \"crate::generated::made_up::client::types\",
    \"simulator\": \"crates/huaweicloud-hss-sim/openapi\"
  }",
    ),
    insert(GENERATED, "#[cfg(test)]\n", "/// Findings.\npub mod made_up;\n"),
    create(
        "crates/huaweicloud-hss/src/generated/made_up/mod.rs",
        "//! Findings.\n/// Operations and types.\n#[rustfmt::skip]\npub mod client;\n/// Facts of the document.\n#[rustfmt::skip]\npub mod constants;\n",
    ),
    insert(
        "crates/huaweicloud-hss/src/lib.rs",
        "/// The generated client: one function",
        "pub use generated::made_up;\n\n",
    ),
    insert(
        "crates/huaweicloud-hss/src/transport/hooks.rs",
        "fn tunnel<T",
        include_str!("drill/second/hooks.rs"),
    ),
    create(
        "crates/huaweicloud-hss/examples/drill.rs",
        include_str!("drill/second/program.rs"),
    ),
];

#[test]
fn second_document_needs_no_change_of_the_generator() {
    let copy = Copy::new(EDITS);
    copy.build("--example drill");
    assert_eq!(copy.said("examples/drill", ""), include_str!("drill/second/output.txt"));
}
