//! Documents of the allowed subset, made at random: the code that is generated from each one that the checks accept compiles
//! without a warning. `HSS_DOCUMENTS` is their number, `HSS_DOCUMENTS_SEED` repeats a run.
#![cfg(test)]

mod drill;

use drill::{Copy, Edit, create, insert};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use xtask::check;
use xtask::source::Source;

/// Names that are words of a language, meet after folding, or are types of the generated code.
const NAMES: &[&str] = &[
    "type",
    "self",
    "crate",
    "async",
    "match",
    "limit",
    "limit_",
    "a_b",
    "a__b",
    "body",
    "send",
    "value",
    "client",
    "ref",
    "host_id",
    "status",
    "project_id",
    "total_num",
    "enum",
    "result",
    "baseurl",
    "inner",
    "x",
];
const SCHEMAS: &[&str] = &[
    "Option",
    "Result",
    "Error",
    "Self",
    "Type",
    "Value",
    "String",
    "Vec",
    "Client",
    "Page",
    "Kind",
    "Rows",
    "Row",
    "ResponseValue",
    "HostKind",
    "ScanState",
    "Box",
    "Default",
];
const VALUES: &[&str] = &[
    "all", "a_b", "a_b_c", "self", "success", "failed", "type", "none", "default", "crate",
];
const OPERATIONS: &[&str] = &["listRows", "startScan", "getValue", "newClient", "endpoint", "inner"];

/// What gives the client of a module the transport.
const HOOKS: &str = "impl ClientHooks<Transport> for crate::generated::MODULE::client::Client {
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let client = raw::Client::new_with_client(&self.baseurl, self.client.clone(), self.inner.clone());
        client.exec(request, info).await
    }
}

impl crate::Client {
    /// The operations of the document.
    pub fn MODULE(&self) -> crate::generated::MODULE::client::Client {
        let raw = self.raw();
        crate::generated::MODULE::client::Client::new_with_client(&raw.baseurl, raw.client.clone(), raw.inner.clone())
    }
}

";

struct Maker {
    rng: Rng,
    schemas: Map<String, Value>,
    parameters: Map<String, Value>,
    responses: Map<String, Value>,
}

impl Maker {
    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.rng.usize(..of.len())]
    }

    fn some(&mut self, of: &[&'static str], max: usize) -> Vec<&'static str> {
        let count = self.rng.usize(1..=max);
        let mut chosen: Vec<&str> = (0..count).map(|_| self.one(of)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// Gives an integer a width, or none.
    fn widen(&mut self, schema: &mut Value) {
        if let Some(width) = [None, Some("int32"), Some("int64")][self.rng.usize(..3)] {
            schema["format"] = json!(width);
        }
    }

    /// A new named schema, and an example of it.
    fn schema(&mut self, depth: usize) -> (Value, Value) {
        let free: Vec<&'static str> = SCHEMAS
            .iter()
            .copied()
            .filter(|name| !self.schemas.contains_key(*name))
            .collect();
        let Some(name) = free.get(self.rng.usize(..free.len().max(1))).copied() else {
            return (json!({"type": "boolean", "description": "A flag."}), json!(true));
        };
        self.schemas.insert(name.to_owned(), Value::Null);
        let (schema, example) = match self.rng.u8(..if depth == 0 { 4 } else { 6 }) {
            0 => (json!({"type": "string", "minLength": 1, "maxLength": 8}), json!("abc")),
            1 => {
                let mut schema = json!({"type": "integer", "minimum": -5, "maximum": 200});
                self.widen(&mut schema);
                (schema, json!(7))
            }
            2 => {
                let values = self.some(VALUES, 3);
                let meanings: Map<String, Value> = values
                    .iter()
                    .map(|value| ((*value).into(), "A value.".into()))
                    .collect();
                (
                    json!({"type": "string", "enum": values, "x-enumDescriptions": meanings}),
                    json!(values[0]),
                )
            }
            3 => {
                let values = self.some(VALUES, 3);
                (json!({"type": "string", "x-known-values": values}), json!("other"))
            }
            4 => {
                let (items, example) = self.schema(depth - 1);
                (
                    json!({"type": "array", "minItems": 1, "maxItems": 3, "items": items}),
                    json!([example]),
                )
            }
            _ => self.object(depth - 1),
        };
        let mut schema = schema;
        schema["description"] = "Made up.".into();
        self.schemas.insert(name.to_owned(), schema);
        (json!({"$ref": format!("#/components/schemas/{name}")}), example)
    }

    fn object(&mut self, depth: usize) -> (Value, Value) {
        let (mut properties, mut example) = (Map::new(), Map::new());
        for name in self.some(NAMES, 4) {
            let (schema, value) = if self.rng.bool() {
                self.schema(depth)
            } else {
                let mut schema = json!({"type": "integer", "description": "A number."});
                self.widen(&mut schema);
                (schema, json!(3))
            };
            properties.insert(name.to_owned(), schema);
            example.insert(name.to_owned(), value);
        }
        let first = properties.keys().next().cloned();
        let required: Vec<String> = first.into_iter().filter(|_| self.rng.bool()).collect();
        let mut schema = json!({"type": "object", "description": "Made up.", "properties": properties});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        (schema, Value::Object(example))
    }

    fn parameter(&mut self, name: &str, place: &str) -> Value {
        let schema = self.schema(0).0;
        let component = format!("Parameter{}", self.parameters.len());
        self.parameters.insert(
            component.clone(),
            json!({"name": name, "in": place, "required": place == "path", "description": "Made up.", "schema": schema}),
        );
        json!({"$ref": format!("#/components/parameters/{component}")})
    }

    fn operation(&mut self, id: &str, ids: &[&str]) -> Value {
        let mut parameters: Vec<Value> = ids.iter().map(|id| self.parameter(id, "path")).collect();
        for name in self.some(NAMES, 3) {
            parameters.push(self.parameter(name, "query"));
        }
        let content = |schema: Value, example: Value| json!({"application/json": {"schema": schema, "examples": {"one": {"summary": "One.", "value": example}}}});
        let mut operation = json!({"operationId": id, "tags": ["Made"], "summary": "Made up", "description": "Made up.",
            "x-vendor-page": "Made up", "parameters": parameters, "responses": {}});
        if self.rng.bool() {
            let (schema, example) = self.schema(2);
            operation["requestBody"] =
                json!({"description": "Made up.", "required": true, "content": content(schema, example)});
        }
        let mut response = json!({"description": "Done."});
        if self.rng.bool() {
            let (schema, example) = self.schema(2);
            response["content"] = content(schema, example);
        }
        let component = format!("Done{}", self.responses.len());
        operation["responses"]["200"] = json!({"$ref": format!("#/components/responses/{component}")});
        self.responses.insert(component, response);
        operation
    }
}

fn document(seed: u64) -> String {
    let mut maker = Maker {
        rng: Rng::with_seed(seed),
        schemas: Map::new(),
        parameters: Map::new(),
        responses: Map::new(),
    };
    let mut paths = Map::new();
    for (index, id) in maker.some(OPERATIONS, 2).into_iter().enumerate() {
        // Two documents may not make example files of one name.
        let operation = maker.operation(&format!("{id}{seed}"), &["task_id"]);
        let method = maker.one(&["get", "put", "post"]);
        paths.insert(format!("/v5/things{index}/{{task_id}}/end"), json!({method: operation}));
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Made up", "version": "1.0.0", "description": "Made up.",
            "contact": {"name": "The project"}, "license": {"name": "MIT", "url": "https://example.org/licence"}},
        "servers": [{"url": "https://made.example.org", "description": "Nowhere."}],
        "security": [{"AuthToken": []}],
        "tags": [{"name": "Made", "description": "Made up."}],
        "paths": paths,
        "components": {
            "securitySchemes": {"AuthToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "A token."}},
            "parameters": maker.parameters, "responses": maker.responses, "schemas": maker.schemas,
        },
    });
    serde_json::to_string_pretty(&document).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    match Source::parse(text, "random.yaml") {
        Err(message) => vec![message],
        Ok(source) => check::run(&source.value)
            .iter()
            .map(|problem| source.show(problem))
            .collect(),
    }
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[test]
fn accepted_documents_generate_code_that_compiles() {
    let variable = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let (count, first) = (
        variable("HSS_DOCUMENTS").unwrap_or(6),
        variable("HSS_DOCUMENTS_SEED").unwrap_or(1),
    );
    println!("HSS_DOCUMENTS_SEED={first}");
    let mut edits: Vec<Edit> = Vec::new();
    let (mut list, mut modules, mut hooks) = (String::new(), String::new(), String::new());
    let (mut refused, mut seed) = (Vec::new(), first);
    while (edits.len() as u64) < count * 2 {
        let text = document(seed);
        let found = problems(&text);
        if found.is_empty() {
            let folder = format!("crates/huaweicloud-hss/src/generated/random{seed}");
            edits.push(create(leaked(format!("openapi/random{seed}.yaml")), leaked(text)));
            edits.push(create(
                leaked(format!("{folder}/mod.rs")),
                "//! Made up.\n/// Operations.\n#[rustfmt::skip]\npub mod client;\n/// Facts.\n#[rustfmt::skip]\npub mod constants;\n",
            ));
            list += &format!(
                ",\n{{\"yaml\": \"openapi/random{seed}.yaml\", \"code\": \"{folder}\", \
                 \"types\": \"crate::generated::random{seed}::client::types\", \"simulator\": \"target/random{seed}\"}}"
            );
            modules += &format!("/// Made up.\npub mod random{seed};\n");
            hooks += &HOOKS.replace("MODULE", &format!("random{seed}"));
        } else {
            refused.push(found);
        }
        seed += 1;
        assert!(
            seed - first < 200 * count,
            "the checks refuse nearly every document: {:#?}",
            refused.last()
        );
    }
    edits.push(insert("xtask/documents.json", "\n]", leaked(list)));
    edits.push(insert(
        "crates/huaweicloud-hss/src/generated/mod.rs",
        "#[cfg(test)]\n",
        leaked(modules.clone()),
    ));
    edits.push(insert(
        "crates/huaweicloud-hss/src/transport/hooks.rs",
        "fn tunnel<T",
        leaked(hooks),
    ));
    let exported = modules.replace("/// Made up.\npub mod ", "pub use generated::");
    edits.push(insert(
        "crates/huaweicloud-hss/src/lib.rs",
        "/// The generated client: one function",
        leaked(exported),
    ));
    // An example, so that clippy of the whole workspace needs the same dependencies.
    Copy::new(&edits).check("--example simulator_test");
}
