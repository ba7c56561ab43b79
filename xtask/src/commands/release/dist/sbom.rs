//! A list of what the programs are built of, for tools that look up weaknesses and licences: CycloneDX.

use anyhow::Result;
use serde_json::{Value, json};

use super::parts::Part;

/// The same bytes for the same parts: without a serial number, and without the time.
pub fn sbom(parts: &[Part]) -> Result<String> {
    let components: Vec<Value> = parts.iter().map(component).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "programs", "name": "hss and hss-sim"},
        },
        "components": components,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(part: &Part) -> Value {
    let Part { name, version, .. } = part;
    let mut component = json!({
        "type": "library",
        "bom-ref": format!("{name} {version}"),
        "name": name,
        "version": version,
        // CycloneDX's words for what is in the program, and what only makes it.
        "scope": if part.is_in_program { "required" } else { "excluded" },
        "licenses": [{"expression": part.licence}],
        "purl": format!("pkg:cargo/{name}@{version}"),
    });
    if let Some(checksum) = &part.checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_in_the_programs_from_what_makes_them() {
        let part = |name: &str, checksum: Option<&str>, is_in_program| Part {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            folder: "/home/someone".into(),
            checksum: checksum.map(str::to_owned),
            is_in_program,
        };
        let parts = [
            part("cc", Some("aa"), false),
            part("huaweicloud-hss-cli", None, true),
            part("rustls", Some("bb"), true),
        ];
        let made = sbom(&parts).unwrap();
        assert!(!made.contains("/home"), "{made}");
        let made: Value = serde_json::from_str(&made).unwrap();
        let facts = |component: &Value| {
            let hash = component.pointer("/hashes/0/content").cloned().unwrap_or_default();
            json!([component["purl"], component["scope"], hash])
        };
        let found: Vec<Value> = made["components"].as_array().unwrap().iter().map(facts).collect();
        let expected = json!([
            ["pkg:cargo/cc@1.0.0", "excluded", "aa"],
            ["pkg:cargo/huaweicloud-hss-cli@1.0.0", "required", null],
            ["pkg:cargo/rustls@1.0.0", "required", "bb"],
        ]);
        assert_eq!(Value::from(found), expected);
    }
}
