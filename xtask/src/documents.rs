//! The documents that everything is generated from. Their list is data, `xtask/documents.json`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::client;
use crate::source::Source;

const LIST: &str = "xtask/documents.json";

/// A document and where its generated files go. Paths are relative to the project's root.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    yaml: String,
    /// Folder of the SDK that gets `client.rs` and `constants.rs`.
    code: String,
    /// The Rust path of the generated types.
    types: String,
    /// Another document. A schema of this one that has the name of one there must be the same, and has its Rust type.
    shares: Option<String>,
    /// Folder of the simulator that gets a copy of the document, if it serves its operations.
    simulator: Option<String>,
}

/// Reads the list.
pub fn documents(root: &Path) -> Result<Vec<Document>> {
    let text = std::fs::read_to_string(root.join(LIST)).with_context(|| format!("{LIST} cannot be read"))?;
    let all: Vec<Document> =
        serde_json::from_str(&text).with_context(|| format!("{LIST} is not a list of documents"))?;
    for document in &all {
        if let (Some(name), None) = (&document.shares, document.shared(&all)) {
            bail!(
                "{LIST}: {} shares types of {name}, which is not in the list",
                document.yaml
            );
        }
    }
    Ok(all)
}

impl Document {
    /// The path of the YAML, as messages show it.
    pub fn yaml(&self) -> &str {
        &self.yaml
    }

    /// The file's name without folder and extension, which the generated documents have too.
    pub fn stem(&self) -> &str {
        let name = self.yaml.rsplit('/').next().unwrap_or_default();
        name.trim_end_matches(".yaml")
    }

    /// A generated document of `openapi/`.
    pub fn published(&self, extension: &str) -> String {
        self.yaml.replace(".yaml", extension)
    }

    /// The generated code of the SDK.
    pub fn client(&self) -> String {
        format!("{}/client.rs", self.code)
    }

    /// The facts that no type carries, as constants of the SDK.
    pub fn constants(&self) -> String {
        format!("{}/constants.rs", self.code)
    }

    /// Generated code with the paths of this document in it, in place of those that all generated code has.
    pub fn with_own_paths(&self, code: &str, all: &[Self]) -> String {
        let code = code.replace(client::TYPES, &self.types);
        match self.shared(all) {
            Some(other) => code.replace(client::SHARED_TYPES, &other.types),
            None => code,
        }
    }

    /// The reverse of [`with_own_paths`](Self::with_own_paths).
    pub fn without_own_paths(&self, code: &str, all: &[Self]) -> String {
        let code = match self.shared(all) {
            Some(other) => code.replace(&other.types, client::SHARED_TYPES),
            None => code.to_owned(),
        };
        code.replace(&self.types, client::TYPES)
    }

    /// The document whose types this one shares.
    pub fn shared<'a>(&self, all: &'a [Self]) -> Option<&'a Self> {
        let name = self.shares.as_ref()?;
        all.iter().find(|other| other.yaml == *name)
    }

    pub fn simulator_copy(&self) -> Option<String> {
        Some(format!("{}/{}.json", self.simulator.as_ref()?, self.stem()))
    }

    pub fn read(&self, root: &Path) -> Result<Source, String> {
        Source::read(&root.join(&self.yaml), &self.yaml)
    }

    #[cfg(test)]
    pub fn of(yaml: &str) -> Self {
        let (yaml, code, types) = (yaml.to_owned(), String::new(), String::new());
        Self {
            yaml,
            code,
            types,
            shares: None,
            simulator: None,
        }
    }
}
