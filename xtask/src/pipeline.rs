//! From the YAML documents to the generated files.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use syn::File;

use crate::document::{Operation, components, operations, resolve};
use crate::documents::{Document, documents};
use crate::source::Problem;
use crate::{check, client, constants, lower, postpass};

/// Folder of the examples, and of nothing else.
pub const EXAMPLES: &str = "openapi/examples";

/// A generated file; the path is relative to the project's root.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    pub path: String,
    pub content: String,
}

/// The generated code as syntax trees.
pub struct Code {
    pub lowered: Value,
    pub client: File,
    pub constants: File,
    /// Passes that found nothing to do.
    pub idle: Vec<&'static str>,
}

/// Options of the generator. `cargo xtask mutate` changes them and expects different code.
pub struct Recipe<'a> {
    pub settings: &'a dyn Fn(&Value) -> progenitor::GenerationSettings,
    /// A pass of the lowering or the post-pass to leave out.
    pub without: Option<&'a str>,
    /// The lowered document whose types the document shares.
    pub shared: Option<&'a Value>,
}

impl Default for Recipe<'_> {
    fn default() -> Self {
        Self {
            settings: &client::settings,
            without: None,
            shared: None,
        }
    }
}

/// Checks the document and generates the code.
pub fn code(document: &Value, recipe: &Recipe<'_>) -> Result<Code, Vec<Problem>> {
    let problems = check::run(document);
    if !problems.is_empty() {
        return Err(problems);
    }
    let document = &lower::open_answers(document);
    let (lowered, mut idle) = lower::run(document, recipe.without);
    let marked = match recipe.shared {
        Some(other) => lower::mark_shared(&lowered, other)?,
        None => lowered.clone(),
    };
    let settings = (recipe.settings)(&marked);
    let mut client = client::generate(&marked, &settings).map_err(|problem| vec![problem])?;
    idle.extend(postpass::run(&mut client, &marked, recipe.without));
    let constants = constants::generate(document).map_err(|error| vec![Problem::new("", error.to_string())])?;
    Ok(Code {
        lowered,
        client,
        constants,
        idle,
    })
}

/// Generates all files of all documents, or says what is wrong with which document.
pub fn outputs(root: &Path) -> Result<Vec<Output>, Vec<String>> {
    let mut outputs: Vec<Output> = Vec::new();
    let mut idle: Option<Vec<&str>> = None;
    let all = documents(root).map_err(|error| vec![format!("{error:#}")])?;
    for document in &all {
        let source = document.read(root).map_err(|message| vec![message])?;
        let shared = shared(root, document, &all).map_err(|message| vec![message])?;
        let recipe = Recipe {
            shared: shared.as_ref(),
            ..Recipe::default()
        };
        let code = code(&source.value, &recipe).map_err(|problems| source.show_all(&problems))?;
        // A pass is of use if it has something to do in one document.
        idle = Some(
            code.idle
                .iter()
                .copied()
                .filter(|pass| idle.as_ref().is_none_or(|idle| idle.contains(pass)))
                .collect(),
        );
        for output in files(document, &all, &source.value, code) {
            match outputs.iter().find(|other| other.path == output.path) {
                None => outputs.push(output),
                Some(other) if *other == output => {}
                Some(_) => {
                    return Err(vec![format!(
                        "{}: another document makes another {}",
                        source.name, output.path
                    )]);
                }
            }
        }
    }
    match idle.unwrap_or_default().join(", ") {
        none if none.is_empty() => Ok(outputs),
        names => Err(vec![format!(
            "passes of the generator that find nothing to do: {names}. Delete or fix them"
        )]),
    }
}

/// The lowered document whose types the document shares.
pub fn shared(root: &Path, document: &Document, all: &[Document]) -> Result<Option<Value>, String> {
    let Some(other) = document.shared(all) else {
        return Ok(None);
    };
    let opened = lower::open_answers(&other.read(root)?.value);
    Ok(Some(lower::run(&opened, None).0))
}

fn files(document: &Document, all: &[Document], value: &Value, code: Code) -> Vec<Output> {
    let flat = json(&lower::flat(value));
    let header = header(document, &flat);
    let rust = |file: &File| header.clone() + &document.with_own_paths(&format(file), all);
    let mut outputs = vec![
        Output::new(document.published(".json"), flat),
        Output::new(document.published(".sdk.json"), json(&lower::sum_types(code.lowered))),
        Output::new(document.client(), rust(&code.client)),
        Output::new(document.constants(), rust(&code.constants)),
    ];
    outputs.extend(document.simulator_copy().map(|path| Output::new(path, json(value))));
    outputs.extend(examples(value));
    outputs
}

impl Output {
    fn new(path: impl Into<String>, content: String) -> Self {
        Self {
            path: path.into(),
            content,
        }
    }
}

/// The code as text.
pub fn format(file: &File) -> String {
    prettyplease::unparse(file)
}

/// Canonical JSON: the order of the YAML, an indent of two spaces, and a final line feed.
pub fn json(value: &Value) -> String {
    format!("{value:#}\n")
}

fn header(document: &Document, flat: &str) -> String {
    let hash = crate::hex(&Sha256::digest(flat));
    let version = progenitor_version();
    format!(
        "// @generated by `cargo xtask generate` with progenitor {version} from {}; do not edit.\n\
         // SHA-256 of {}: {hash}\n\n",
        document.yaml(),
        document.published(".json"),
    )
}

/// The version in the lock file is the one that runs.
fn progenitor_version() -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let after = lock.split("name = \"progenitor-impl\"\nversion = \"").nth(1);
    after
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("of unknown version")
}

/// One file for each example, named after its operation, and that of an error after its response.
fn examples(document: &Value) -> Vec<Output> {
    let mut outputs = Vec::new();
    let mut add = |owner: &str, content: &Value| {
        for (name, example) in content["application/json"]["examples"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let path = format!("{EXAMPLES}/{owner}.{name}.json");
            outputs.push(Output::new(path, json(&example["value"])));
        }
    };
    let operations = operations(document);
    for operation in &operations {
        let (id, value) = (operation.id(), operation.value);
        add(&format!("{id}.request"), &value["requestBody"]["content"]);
        add(
            &format!("{id}.response"),
            &resolve(document, &value["responses"]["200"])["content"],
        );
    }
    for (name, response) in components(document, "responses") {
        let pointer = format!("#/components/responses/{name}");
        let is_success = |operation: &Operation<'_>| operation.value["responses"]["200"]["$ref"] == *pointer;
        if !operations.iter().any(is_success) {
            add(&format!("error.{name}"), &response["content"]);
        }
    }
    outputs
}
