//! Every case of `openapi/wire`: what goes out byte by byte, what comes of the answer, and what is refused before a byte is
//! sent. Every request that goes out is put before the simulator too, which knows the document and not this crate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use huaweicloud_hss::raw::types;
use huaweicloud_hss::{Accepted, Client, Cluster, Error, LimitError, Operation, Request, RetryPolicy, raw};
use huaweicloud_hss_sim::{Quota, Simulator, Tasks};
use serde::Deserialize;
use serde_json::Value;
use testkit::{Server, answer_bytes};

const DOCUMENT: &str = include_str!("../../../huaweicloud-hss-sim/openapi/hss-v5.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    operation: String,
    inputs: Inputs,
    request: Option<Sent>,
    answer: Option<Answer>,
    outcome: Outcome,
    #[serde(default)]
    if_sent_anyway: Option<Refusal>,
    /// Why the face refuses what the document, and so the generated functions, allow.
    refused_by_id_rule: Option<IdRule>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct IdRule {
    parameter: String,
    reason: String,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Inputs {
    auth_token: String,
    project_id: String,
    task_id: String,
    enterprise_project_id: Option<String>,
    /// Null for an operation without a body.
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Refusal {
    status: u16,
    error_code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    result: String,
    kind: Option<String>,
    outcome: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    parameter: Option<String>,
    reason: Option<String>,
}

fn cases() -> Vec<(String, Case)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi/wire");
    let mut cases: Vec<(String, Case)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, case)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(cases.iter().all(|(_, case)| !case.about.is_empty()));
    cases
}

fn client(endpoint: &str, inputs: &Inputs) -> Result<Client, Error> {
    let client = Client::builder()
        .endpoint(endpoint)
        .project_id(&inputs.project_id)
        .token(&inputs.auth_token)
        .retry_policy(RetryPolicy::none());
    client.build()
}

/// A client for the generated functions, which take the project of the case themselves.
fn raw_client(endpoint: &str, inputs: &Inputs) -> Client {
    let project_id = "right".to_owned();
    let inputs = Inputs {
        project_id,
        ..inputs.clone()
    };
    client(endpoint, &inputs).unwrap()
}

/// Through the face; None where it has no words for the case.
async fn by_face(client: &Client, case: &Case) -> Option<Result<Accepted, Error>> {
    let Inputs {
        task_id,
        enterprise_project_id,
        body,
        ..
    } = &case.inputs;
    match case.operation.as_str() {
        "recreateVulScanTask" => {
            let rescan = client.recreate_vul_scan_task(task_id);
            let request = match (body["range_type"].as_str(), body.get("host_ids")) {
                (Some("all_failed_host"), None) => rescan.all_failed_hosts(),
                (Some("specific_host"), Some(ids)) => {
                    rescan.hosts(ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap()))
                }
                _ => return None,
            };
            Some(send(request, enterprise_project_id.as_deref()).await)
        }
        "retryTask" => {
            let retry = client.retry_task(task_id);
            let info = body.get("cluster_scan_info")?;
            let request = match (
                body["task_type"].as_str()?,
                info["range_type"].as_str()?,
                info.get("cluster_info_list"),
            ) {
                ("cluster_scan", "all_failed_cluster", None) => retry.all_failed_clusters(),
                ("cluster_scan", "specific_cluster", Some(list)) => {
                    let clusters: Option<Vec<Cluster>> = list.as_array().unwrap().iter().map(cluster).collect();
                    retry.clusters(clusters?)
                }
                _ => return None,
            };
            Some(send(request, enterprise_project_id.as_deref()).await)
        }
        other => panic!("{other} has no call in by_face"),
    }
}

async fn send<O: Operation>(request: Request<O>, enterprise_project_id: Option<&str>) -> Result<O::Output, Error> {
    match enterprise_project_id {
        Some(id) => request.enterprise_project_id(id).send().await,
        None => request.send().await,
    }
}

fn cluster(value: &Value) -> Option<Cluster> {
    let cluster = Cluster::new(value.get("cluster_id")?.as_str()?);
    Some(match value.get("scan_type_list") {
        Some(types) => cluster.scan_types(types.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap())),
        None => cluster,
    })
}

/// Through the generated functions, with the body as JSON. A text says why a value was refused before there was a call.
async fn by_raw(client: &Client, case: &Case) -> Result<Option<String>, Result<Error, String>> {
    let Inputs {
        project_id,
        task_id,
        enterprise_project_id,
        body,
        ..
    } = case.inputs.clone();
    let project_id = bounded(project_id)?;
    let eps_id: Option<types::EnterpriseProjectId> = enterprise_project_id.map(bounded).transpose()?;
    let eps_id = eps_id.as_ref();
    let raw = client.raw();
    let sent = match case.operation.as_str() {
        "recreateVulScanTask" => {
            let (task_id, body) = (bounded(task_id)?, from_json(body)?);
            raw.recreate_vul_scan_task(&project_id, &task_id, eps_id, &body).await
        }
        "retryTask" => {
            let (task_id, body) = (bounded(task_id)?, from_json(body)?);
            raw.retry_task(&project_id, &task_id, eps_id, &body).await
        }
        other => panic!("{other} has no call in by_raw"),
    };
    let header = |value: raw::ResponseValue<()>| {
        value
            .headers()
            .get("x-request-id")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    sent.map(header).map_err(|error| Ok(raw::into_error(error)))
}

fn bounded<T: TryFrom<String, Error = LimitError>>(value: String) -> Result<T, Result<Error, String>> {
    value.try_into().map_err(|reason: LimitError| Err(reason.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, Result<Error, String>> {
    serde_json::from_value(body).map_err(|error| Err(error.to_string()))
}

#[tokio::test]
async fn wire_cases_send_and_report_as_written() {
    let (mut count, mut refused) = (0, 0);
    for (name, case) in cases() {
        let (Some(request), Some(given)) = (&case.request, &case.answer) else {
            continue;
        };
        count += 1;
        let headers: Vec<(String, String)> = given.headers.clone().into_iter().collect();
        let body = match &given.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let server = Server::start([answer_bytes(given.status, &headers, body.as_bytes())]).await;
        let raw = by_raw(&raw_client(&server.endpoint(), &case.inputs), &case).await;
        check_outcome(&name, &case.outcome, raw.map_err(|error| error.unwrap()));
        let mut expected = 1;
        let face = match client(&server.endpoint(), &case.inputs) {
            Ok(client) => by_face(&client, &case).await,
            Err(error) => Some(Err(error)),
        };
        if let Some(rule) = &case.refused_by_id_rule {
            refused += 1;
            assert_refused(&name, &face.unwrap().unwrap_err(), &rule.parameter, &rule.reason);
        } else if let Some(face) = face {
            let face = face.map(|accepted| accepted.request_id().map(str::to_owned));
            check_outcome(&name, &case.outcome, face);
            expected += 1;
        }

        let arrived = server.requests();
        assert_eq!(arrived.len(), expected, "{name}");
        for arrived in &arrived {
            let (path, query) = arrived.path_and_query();
            assert_eq!(arrived.line.split(' ').next(), Some(&*request.method), "{name}");
            assert_eq!(path, request.path, "{name}");
            let query: BTreeMap<String, String> =
                query.split('&').filter(|pair| !pair.is_empty()).map(decode).collect();
            assert_eq!(query, request.query, "{name}");
            for (header, value) in &request.headers {
                assert_eq!(arrived.header(header), Some(&**value), "{name}: {header}");
            }
            assert_eq!(arrived.body.is_empty(), request.body.is_null(), "{name}");
            let body: Value = serde_json::from_slice(&arrived.body).unwrap_or_default();
            assert_eq!(body, request.body, "{name}");
            let has_body = |name: &&str| !name.starts_with("content-") || !request.body.is_null();
            let known = [
                "accept",
                "content-length",
                "content-type",
                "host",
                "user-agent",
                "x-auth-token",
            ];
            let known: Vec<&str> = known.into_iter().filter(has_body).collect();
            let mut names: Vec<&str> = arrived.headers.iter().map(|(name, _)| name.as_str()).collect();
            if request.body.is_null() {
                // Some methods say that they have none.
                names.retain(|name| *name != "content-length");
            }
            names.sort_unstable();
            assert_eq!(names, known, "{name}: an unexpected header");
        }
    }
    assert!(count >= 90 && refused >= 20, "{count}, {refused}");
}

fn decode(pair: &str) -> (String, String) {
    assert!(
        !pair.contains('+'),
        "a space is %20: what a plus means depends on who reads it"
    );
    let text = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let (name, value) = pair.split_once('=').unwrap();
    (text(name), text(value))
}

fn check_outcome(name: &str, expected: &Outcome, found: Result<Option<String>, Error>) {
    match found {
        Ok(request_id) => {
            assert_eq!(expected.result, "accepted", "{name}");
            assert_eq!(request_id, expected.request_id, "{name}");
        }
        Err(error) => {
            assert_eq!(expected.result, "error", "{name}: {error:?}");
            assert_eq!(Some(error.kind().as_str()), expected.kind.as_deref(), "{name}");
            assert_eq!(Some(error.outcome().as_str()), expected.outcome.as_deref(), "{name}");
            assert_eq!(error.status(), expected.status, "{name}");
            assert_eq!(error.code(), expected.code.as_deref(), "{name}");
            assert_eq!(error.request_id(), expected.request_id.as_deref(), "{name}");
            assert_eq!(error.attempts(), 1, "{name}");
            if let Some(message) = &expected.message {
                assert_eq!(error.message(), message, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn invalid_cases_are_refused_before_a_byte_is_sent() {
    let server = Server::start([answer_bytes(200, &[], b"")]).await;
    let mut count = 0;
    for (name, case) in cases() {
        if case.request.is_some() {
            continue;
        }
        count += 1;
        let parameter = case.outcome.parameter.as_deref().unwrap();
        let client = match client(&server.endpoint(), &case.inputs) {
            Ok(client) => client,
            Err(error) => {
                assert_named(&name, &case, &error);
                continue;
            }
        };
        // A condition that is broken does not compile in the face; as JSON, serde refuses it.
        match by_raw(&client, &case).await.unwrap_err() {
            Ok(error) => assert_named(&name, &case, &error),
            Err(message) => {
                let reason = case.outcome.reason.as_deref().unwrap_or_default();
                assert!(message.contains(reason), "{name}: {message}");
            }
        }
        match by_face(&client, &case).await {
            Some(result) => assert_named(&name, &case, &result.unwrap_err()),
            None => assert!(case.outcome.reason.is_none(), "{name}: {parameter}"),
        }
    }
    assert!(count >= 40, "{count}");
    assert_eq!(server.requests().len(), 0);
}

fn assert_named(name: &str, case: &Case, error: &Error) {
    let Outcome { parameter, reason, .. } = &case.outcome;
    assert_refused(name, error, parameter.as_deref().unwrap(), reason.as_deref().unwrap());
}

fn assert_refused(name: &str, error: &Error, parameter: &str, reason: &str) {
    assert_eq!(error.to_string(), format!("{parameter}: {reason}"), "{name}");
    assert_eq!(
        (error.kind().as_str(), error.outcome().as_str()),
        ("invalid", "not_sent"),
        "{name}"
    );
    assert_eq!(error.attempts(), 0, "{name}");
}

/// The simulator reads the document, and neither this crate nor the cases.
#[tokio::test]
async fn simulator_agrees_with_the_wire_cases() {
    for (name, case) in cases() {
        if name.starts_with("error.") {
            continue;
        }
        let Inputs {
            auth_token, project_id, ..
        } = &case.inputs;
        // A simulator has a token and a project that are within the limits; what is outside is what comes.
        let token = if (1..=32768).contains(&auth_token.chars().count()) {
            auth_token
        } else {
            "right"
        };
        let project = if (1..=256).contains(&project_id.chars().count()) {
            project_id
        } else {
            "right"
        };
        // No task is known, so any is taken, whatever it holds.
        let simulator = Simulator::builder()
            .tasks(Tasks::new())
            .any_task(true)
            .quota(Quota::off())
            .token(token)
            .project_id(project);
        let simulator = simulator.start().await.unwrap();
        if case.request.is_some() {
            by_raw(&raw_client(&simulator.endpoint(), &case.inputs), &case)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let seen = &simulator.requests()[0];
            assert_eq!(seen.operation.as_deref(), Some(&*case.operation), "{name}");
            continue;
        }
        let Some(refusal) = &case.if_sent_anyway else { continue };
        let answer = send_anyway(&simulator.endpoint(), &case).await;
        let body: Value = serde_json::from_slice(&answer.1).unwrap();
        assert_eq!(
            (answer.0, body["error_code"].as_str()),
            (refusal.status, Some(&*refusal.error_code)),
            "{name}"
        );
    }
}

/// A property that has another name in the simulator alone: the requests that name servers are no longer right.
#[tokio::test]
async fn renamed_property_is_noticed() {
    let renamed = DOCUMENT.replace("\"host_ids\"", "\"server_ids\"");
    assert_ne!(DOCUMENT, renamed);
    let mut refused = Vec::new();
    for (name, case) in cases() {
        if !["rescan.specific_host", "rescan.all_failed_host"].contains(&&*name) {
            continue;
        }
        let simulator = Simulator::builder()
            .document(&renamed)
            .any_task(true)
            .token(&case.inputs.auth_token)
            .project_id(&case.inputs.project_id);
        let simulator = simulator.start().await.unwrap();
        let client = client(&simulator.endpoint(), &case.inputs).unwrap();
        if by_raw(&client, &case).await.is_err() {
            refused.push(name);
        }
    }
    assert_eq!(refused, ["rescan.specific_host"]);
}

/// Sends a case as a client without checks would.
async fn send_anyway(endpoint: &str, case: &Case) -> (u16, Vec<u8>) {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let Inputs {
        auth_token,
        project_id,
        task_id,
        enterprise_project_id,
        body,
    } = &case.inputs;
    let (project_id, task_id) = (encode(project_id), encode(task_id));
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut methods = document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| (path, method, operation))
    });
    let (path, method, _) = methods
        .find(|(_, _, operation)| operation["operationId"] == *case.operation)
        .unwrap();
    let path = path.replace("{project_id}", &project_id).replace("{task_id}", &task_id);
    let query = enterprise_project_id
        .as_ref()
        .map(|id| format!("?enterprise_project_id={}", encode(id)));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let method = method.to_uppercase().parse().unwrap();
    let request = http.request(method, format!("{endpoint}{path}{}", query.unwrap_or_default()));
    let request = request.header("X-Auth-Token", auth_token);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}
