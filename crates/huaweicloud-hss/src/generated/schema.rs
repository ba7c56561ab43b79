//! The generated types as JSON Schema: one more view of what they accept.

use schemars::{JsonSchema, schema_for};

use crate::generated::client::types;

fn assert<T: JsonSchema>(name: &str) {
    // Sorted, because the order of a map depends on what other crates of a build ask of serde_json.
    insta::with_settings!({ sort_maps => true }, {
        insta::assert_json_snapshot!(name, schema_for!(T));
    });
}

#[test]
fn request_bodies() {
    assert::<types::RescanVulScanTaskRequestInfo>("rescan_body");
    assert::<types::RetryTaskRequestBody>("retry_body");
}

#[test]
fn error_body() {
    assert::<types::ErrorResponse>("error_response");
}
