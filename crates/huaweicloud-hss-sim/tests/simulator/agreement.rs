//! Two thousand random requests, valid and invalid: the simulator's verdict is that of a validator which was written for
//! this test, reads only the document, and shares no code with the simulator.

use std::cell::Cell;

use crate::support::{Call, DOCUMENT, unlimited};
use huaweicloud_hss_sim::Simulator;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

const REQUESTS: u32 = 2_000;

/// The schema at a reference, or the schema itself.
fn follow<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => follow(document, document.pointer(&reference[1..]).unwrap()),
        None => schema,
    }
}

/// The independent validator: a walk over the keywords that the document uses.
fn is_valid(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = follow(document, schema);
    let limit = |keyword: &str| schema[keyword].as_u64();
    let within = |count: usize, min: Option<u64>, max: Option<u64>| {
        let count = count as u64;
        min.is_none_or(|min| count >= min) && max.is_none_or(|max| count <= max)
    };
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return false;
    }
    match (schema["type"].as_str().unwrap(), value) {
        ("string", Value::String(text)) => within(text.chars().count(), limit("minLength"), limit("maxLength")),
        ("array", Value::Array(items)) => {
            within(items.len(), limit("minItems"), limit("maxItems"))
                && items.iter().all(|item| is_valid(document, &schema["items"], item))
        }
        ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Number(number)) => number.as_i64().is_some_and(|number| {
            let (min, max) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
            min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
        }),
        ("object", Value::Object(object)) => {
            let required = schema["required"].as_array().into_iter().flatten();
            required
                .map(|name| name.as_str().unwrap())
                .all(|name| object.contains_key(name))
                && properties(schema).all(|(name, property)| {
                    object.get(name).is_none_or(|value| is_valid(document, property, value))
                        && condition_holds(document, schema, object, name, property)
                })
        }
        _ => false,
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// `x-valid-when`, with the project's interpretation: the property is required where its condition holds and the sibling
/// could have had another value.
fn condition_holds(document: &Value, owner: &Value, object: &Map<String, Value>, name: &str, property: &Value) -> bool {
    let Some(conditions) = follow(document, property)["x-valid-when"].as_object() else {
        return true;
    };
    let met = conditions
        .iter()
        .all(|(sibling, wanted)| object.get(sibling) == Some(wanted));
    let choice = conditions.keys().any(|sibling| {
        follow(document, &owner["properties"][sibling])["enum"]
            .as_array()
            .is_none_or(|values| values.len() > 1)
    });
    if object.contains_key(name) {
        met
    } else {
        !(met && choice)
    }
}

/// Values around a schema: mostly inside, some on the edge, some outside.
fn values(document: &'static Value, schema: &'static Value) -> BoxedStrategy<Value> {
    let schema = follow(document, schema);
    let usual = match schema["type"].as_str().unwrap() {
        "string" => strings(schema),
        "array" => arrays(document, schema),
        "object" => objects(document, schema),
        "boolean" => any::<bool>().prop_map(|value| json!(value)).boxed(),
        "integer" => integers(schema),
        other => panic!("no values for {other}"),
    };
    let foreign = select(vec![
        json!(null),
        json!(true),
        json!(1),
        json!(-0.5),
        json!(""),
        json!([]),
        json!({}),
    ]);
    prop_oneof![40 => usual, 1 => foreign].boxed()
}

fn strings(schema: &'static Value) -> BoxedStrategy<Value> {
    if let Some(values) = schema["enum"].as_array() {
        let first = values[0].as_str().unwrap();
        let near = vec![
            json!(first.to_uppercase()),
            json!(format!("{first} ")),
            json!(""),
            json!("other"),
        ];
        return prop_oneof![20 => select(values.clone()), 1 => select(near)].boxed();
    }
    let min = schema["minLength"].as_u64().unwrap_or(0);
    let max = schema["maxLength"].as_u64().unwrap_or(40);
    let characters = "[a-z0-9A-Z .%/\\\\?#&+;\"'\u{0}\n\r\u{7f}\u{85}\u{202e}é漢🦀]";
    let of_length = move |length: u64| {
        let length = usize::try_from(length).unwrap();
        prop::collection::vec(characters, length).prop_map(|all| json!(all.concat()))
    };
    let edges = select(vec![min, min + 1, max - 1, max]).prop_flat_map(of_length);
    let outside = select(vec![min.saturating_sub(1), max + 1, 2 * max]).prop_flat_map(of_length);
    let some = (1_u64..20).prop_flat_map(of_length);
    prop_oneof![20 => some, 6 => edges, 2 => outside].boxed()
}

fn integers(schema: &'static Value) -> BoxedStrategy<Value> {
    let min = schema["minimum"].as_i64().unwrap_or(-1_000_000);
    let max = schema["maximum"].as_i64().unwrap_or(1_000_000);
    let edges = select(vec![min - 1, min, max, max + 1]);
    prop_oneof![20 => min..=max, 6 => edges]
        .prop_map(|number| json!(number))
        .boxed()
}

fn arrays(document: &'static Value, schema: &'static Value) -> BoxedStrategy<Value> {
    let min = usize::try_from(schema["minItems"].as_u64().unwrap()).unwrap();
    let max = usize::try_from(schema["maxItems"].as_u64().unwrap()).unwrap();
    let lengths =
        prop_oneof![20 => 1..=3_usize.min(max), 2 => select(vec![min, max]), 2 => select(vec![min - 1, max + 1])];
    // A few different items, repeated: a thousand different ones would only make the test slow.
    let items = prop::collection::vec(values(document, &schema["items"]), 1..4);
    (lengths, items)
        .prop_map(|(length, items)| items.into_iter().cycle().take(length).collect())
        .boxed()
}

fn objects(document: &'static Value, schema: &'static Value) -> BoxedStrategy<Value> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut whole: BoxedStrategy<Map<String, Value>> = Just(Map::new()).boxed();
    for (name, property) in properties(schema) {
        let chance = if required.contains(&json!(name)) { 0.97 } else { 0.6 };
        let name = name.clone();
        whole = (whole, prop::option::weighted(chance, values(document, property)))
            .prop_map(move |(mut object, value)| {
                object.extend(value.map(|value| (name.clone(), value)));
                object
            })
            .boxed();
    }
    let more = prop::option::weighted(0.05, select(vec!["Range_Type", "extra", ""]));
    (whole, more)
        .prop_map(|(mut object, more)| {
            object.extend(more.map(|name| (name.to_owned(), json!({"any": [1]}))));
            Value::Object(object)
        })
        .boxed()
}

/// A request for one operation of the document, and whether it is valid.
#[derive(Clone, Debug)]
struct Random {
    template: String,
    method: String,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: String,
    is_json: bool,
    is_valid: bool,
}

fn requests(document: &'static Value, project: &'static str) -> BoxedStrategy<Random> {
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(operation_requests(document, project, template, method, operation));
        }
    }
    assert!(operations.len() >= 2);
    Union::new(operations).boxed()
}

fn operation_requests(
    document: &'static Value,
    project: &'static str,
    template: &'static str,
    method: &'static str,
    operation: &'static Value,
) -> BoxedStrategy<Random> {
    let parameters: Vec<&'static Value> = operation["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| follow(document, parameter))
        .collect();
    let mut given: BoxedStrategy<Vec<(&'static Value, String)>> = Just(Vec::new()).boxed();
    for parameter in parameters.clone() {
        let one = if parameter["name"] == "project_id" {
            Just(vec![project.to_owned()]).boxed()
        } else {
            let count = if parameter["in"] == "path" { 1..2 } else { 0..2 };
            // Text alone: a path cannot hold another type.
            let text = strings(follow(document, &parameter["schema"]));
            let text = text.prop_map(|value| value.as_str().unwrap().to_owned());
            let twice = if parameter["in"] == "query" { 1 } else { 0 };
            prop_oneof![30 => prop::collection::vec(text.clone(), count), twice => prop::collection::vec(text, 2)]
                .boxed()
        };
        given = (given, one)
            .prop_map(move |(mut given, values)| {
                given.extend(values.into_iter().map(|value| (parameter, value)));
                given
            })
            .boxed();
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let broken = select(vec!["", "{", "nul", "[1,]", "{\"a\":1}}", "\u{0}"]).prop_map(|text| (text.to_owned(), None));
    let bodies = match schema {
        // What comes instead of none is not looked at.
        Value::Null => Just((String::new(), None)).boxed(),
        _ => {
            let whole = values(document, schema).prop_map(|value| (value.to_string(), Some(value)));
            prop_oneof![30 => whole, 1 => broken].boxed()
        }
    };
    let has_body = !schema.is_null();
    (given, bodies)
        .prop_map(move |(given, (body, value))| {
            let of_place = |place: &str| -> Vec<(String, String)> {
                let here = given.iter().filter(|(parameter, _)| parameter["in"] == place);
                here.map(|(parameter, text)| (parameter["name"].as_str().unwrap().to_owned(), text.clone()))
                    .collect()
            };
            let parameters_are_valid = parameters.iter().all(|parameter| {
                let values: Vec<_> = given
                    .iter()
                    .filter(|(own, _)| own["name"] == parameter["name"])
                    .collect();
                values.len() <= 1
                    && (!values.is_empty() || parameter["required"] != true)
                    && values
                        .iter()
                        .all(|(_, text)| is_valid(document, &parameter["schema"], &json!(text)))
            });
            let body_is_valid = !has_body || value.as_ref().is_some_and(|value| is_valid(document, schema, value));
            Random {
                template: template.to_owned(),
                method: method.to_uppercase(),
                path: of_place("path"),
                query: of_place("query"),
                body,
                is_json: !has_body || value.is_some() || !parameters_are_valid,
                is_valid: parameters_are_valid && body_is_valid,
            }
        })
        .boxed()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

impl Random {
    fn call(&self, simulator: &Simulator) -> Call {
        let mut target = self.template.clone();
        for (name, value) in &self.path {
            target = target.replace(&format!("{{{name}}}"), &encoded(value));
        }
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let call = Call::new(&self.method, &target)
            .token(simulator.token())
            .text(&self.body);
        if query.is_empty() {
            call
        } else {
            call.query(&query.join("&"))
        }
    }

    fn expected(&self) -> (u16, &'static str) {
        match (self.is_json, self.is_valid) {
            (false, _) => (400, "HSS.0002"),
            (true, false) => (400, "HSS.0001"),
            (true, true) => (200, ""),
        }
    }
}

#[test]
fn verdicts_agree_with_an_independent_check_of_the_document() {
    let document: &'static Value = Box::leak(Box::new(serde_json::from_str(DOCUMENT).unwrap()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let simulator = runtime.block_on(unlimited().any_task(true).start()).unwrap();
    let project: &'static str = huaweicloud_hss_sim::DEFAULT_PROJECT_ID;
    // The same requests in every run, so that a failure can be reproduced; HSS_SIM_SEED selects others.
    let seed: u64 = std::env::var("HSS_SIM_SEED").map_or(5, |seed| seed.parse().unwrap());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: REQUESTS,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let [accepted, invalid, unparsable] = [const { Cell::new(0_u32) }; 3];
    let outcome = runner.run(&requests(document, project), |request| {
        let reply = runtime.block_on(request.call(&simulator).send(&simulator));
        let (status, code) = request.expected();
        prop_assert_eq!(reply.verdict(), (status, code.to_owned()), "{}", reply.body);
        let counter = match code {
            "" => &accepted,
            "HSS.0001" => &invalid,
            _ => &unparsable,
        };
        counter.set(counter.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    // Without enough of each, agreement would mean little.
    let counts = [accepted.get(), invalid.get(), unparsable.get()];
    assert_eq!(counts.iter().sum::<u32>(), REQUESTS, "{counts:?}");
    assert!(counts[0] > 400 && counts[1] > 400 && counts[2] > 20, "{counts:?}");
}
