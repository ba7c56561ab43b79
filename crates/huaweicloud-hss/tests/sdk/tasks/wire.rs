//! Every case of `openapi/wire-tasks`: what goes out, what is read of the answer, and what is refused before a byte is
//! sent. Every request that goes out is put before the simulator too, which knows the document and not this crate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use huaweicloud_hss::raw::tasks::types::{
    ListTaskResourcesResponse, ListTasksResponse, ListVulScanTaskHostResponse, ListVulScanTaskResponse,
    StartTimeFilter, VulScanTaskIdFilter, VulScanTaskPageLimit, VulScanTaskPageOffset,
};
use huaweicloud_hss::{Client, Error, LimitError, RetryPolicy, raw};
use huaweicloud_hss_sim::{Quota, Simulator, Tasks};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use testkit::{Server, answer_bytes};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    operation: String,
    inputs: Inputs,
    request: Option<Request>,
    answer: Option<Answer>,
    outcome: Outcome,
    #[serde(default)]
    if_sent_anyway: Option<Refusal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    auth_token: String,
    project_id: String,
    task_id: Option<String>,
    #[serde(default)]
    query: Map<String, Value>,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    result: String,
    content: Option<Value>,
    request_id: Option<String>,
    #[serde(default)]
    unreadable: BTreeMap<String, usize>,
    kind: Option<String>,
    outcome: Option<String>,
    parameter: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    status: u16,
    error_code: String,
}

fn cases() -> Vec<(String, Case)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi/wire-tasks");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<(String, Case)> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let case = serde_json::from_str(&std::fs::read_to_string(&path).unwrap());
            let case: Case = case.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!case.about.is_empty(), "{name}");
            (name, case)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

fn client(endpoint: &str, inputs: &Inputs) -> Client {
    let client = Client::builder().endpoint(endpoint).project_id(&inputs.project_id);
    client
        .token(&inputs.auth_token)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

/// What was read: the content as JSON, rows that could not be read by list, and the request's id.
struct Read {
    content: Value,
    unreadable: BTreeMap<String, usize>,
    request_id: Option<String>,
}

/// An error of the call, or the reason why a value was refused before there was one.
type Failure = Result<Error, String>;

fn bounded<T: TryFrom<V, Error = LimitError>, V>(value: V) -> Result<T, Failure> {
    value.try_into().map_err(|reason: LimitError| Err(reason.to_string()))
}

fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| Err(error.to_string()))
}

/// A parameter of the query: each type of the generated code is made as a user makes it.
struct Query<'c>(&'c Map<String, Value>);

impl Query<'_> {
    fn text<T: TryFrom<String, Error = LimitError>>(&self, name: &str) -> Result<Option<T>, Failure> {
        let value = self.0.get(name).map(|value| value.as_str().unwrap().to_owned());
        value.map(bounded).transpose()
    }

    fn number<T: TryFrom<i64, Error = LimitError>>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.0
            .get(name)
            .map(|value| bounded(value.as_i64().unwrap()))
            .transpose()
    }

    fn any<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.0.get(name).cloned().map(from_json).transpose()
    }
}

async fn call(client: &Client, case: &Case) -> Result<Read, Failure> {
    let (tasks, query) = (client.raw_tasks(), Query(&case.inputs.query));
    let project = bounded(case.inputs.project_id.clone())?;
    let eps = query.text("enterprise_project_id")?;
    let eps = eps.as_ref();
    let task = || case.inputs.task_id.clone().unwrap();
    let body = || case.inputs.body.clone();
    if case.operation == "listVulScanTask" {
        let limit: Option<VulScanTaskPageLimit> = query.any("limit")?;
        let offset: Option<VulScanTaskPageOffset> = query.any("offset")?;
        let max: Option<StartTimeFilter> = query.any("max_start_time")?;
        let min: Option<StartTimeFilter> = query.any("min_start_time")?;
        let (scan_type, id) = (query.any("scan_type")?, query.any::<VulScanTaskIdFilter>("task_id")?);
        let (limit, max, min, offset) = (limit.as_ref(), max.as_ref(), min.as_ref(), offset.as_ref());
        let sent = tasks
            .list_vul_scan_task(&project, eps, limit, max, min, offset, scan_type, id.as_ref())
            .await;
        return read(sent, |page: &ListVulScanTaskResponse| {
            vec![("data_list", page.data_list.as_ref().map(|rows| rows.unreadable()))]
        });
    }
    let (limit, offset) = (query.number("limit")?, query.number("offset")?);
    let (limit, offset) = (limit.as_ref(), offset.as_ref());
    match case.operation.as_str() {
        "listVulScanTaskHost" => {
            let (task, status) = (bounded(task())?, query.any("scan_status")?);
            let sent = tasks
                .list_vul_scan_task_host(&project, &task, eps, limit, offset, status)
                .await;
            read(sent, |page: &ListVulScanTaskHostResponse| {
                vec![("data_list", page.data_list.as_ref().map(|rows| rows.unreadable()))]
            })
        }
        "listTasks" => {
            let body = from_json(body())?;
            let sent = tasks.list_tasks(&project, eps, limit, offset, &body).await;
            read(sent, |page: &ListTasksResponse| {
                vec![("data_list", page.data_list.as_ref().map(|rows| rows.unreadable()))]
            })
        }
        "listTaskResources" => {
            let (task, body) = (bounded(task())?, from_json(body())?);
            let sent = tasks
                .list_task_resources(&project, &task, eps, limit, offset, &body)
                .await;
            read(sent, |page: &ListTaskResourcesResponse| {
                let clusters = page.cluster_scan_data_list.as_ref().map(|rows| rows.unreadable());
                let files = page.iac_scan_data_list.as_ref().map(|rows| rows.unreadable());
                vec![("cluster_scan_data_list", clusters), ("iac_scan_data_list", files)]
            })
        }
        other => panic!("{other}"),
    }
}

fn read<T: serde::Serialize, E>(
    sent: Result<raw::ResponseValue<T>, raw::Error<E>>,
    unreadable: impl FnOnce(&T) -> Vec<(&'static str, Option<usize>)>,
) -> Result<Read, Failure> {
    let value = sent.map_err(|error| Ok(raw::into_error(error)))?;
    let request_id = value.headers().get("x-request-id");
    let request_id = request_id.map(|id| id.to_str().unwrap().to_owned());
    let page = value.into_inner();
    let counted = unreadable(&page).into_iter();
    let counted = counted.filter_map(|(list, count)| Some((list.to_owned(), count.filter(|count| *count > 0)?)));
    Ok(Read {
        content: serde_json::to_value(&page).unwrap(),
        unreadable: counted.collect(),
        request_id,
    })
}

fn decode(pair: &str) -> (String, String) {
    assert!(!pair.contains('+'), "a space is %20");
    let text = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let (name, value) = pair.split_once('=').unwrap();
    (text(name), text(value))
}

#[tokio::test]
async fn wire_cases_send_and_read_as_written() {
    let mut operations = BTreeMap::new();
    for (name, case) in cases() {
        let (Some(request), Some(given)) = (&case.request, &case.answer) else {
            continue;
        };
        *operations.entry(case.operation.clone()).or_insert(0) += 1;
        let headers: Vec<(String, String)> = given.headers.clone().into_iter().collect();
        let server = Server::start([answer_bytes(given.status, &headers, given.body.to_string().as_bytes())]).await;
        let found = call(&client(&server.endpoint(), &case.inputs), &case).await;
        let found = found.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(case.outcome.result, "read", "{name}");
        assert_eq!(Some(&found.content), case.outcome.content.as_ref(), "{name}");
        assert_eq!(found.unreadable, case.outcome.unreadable, "{name}");
        assert_eq!(found.request_id, case.outcome.request_id, "{name}");

        let [arrived] = &server.requests()[..] else {
            panic!("{name}: not one request");
        };
        let (path, query) = arrived.path_and_query();
        assert_eq!(arrived.line.split(' ').next(), Some(&*request.method), "{name}");
        assert_eq!(path, request.path, "{name}");
        let query: BTreeMap<String, String> = query.split('&').filter(|pair| !pair.is_empty()).map(decode).collect();
        assert_eq!(query, request.query, "{name}");
        for (header, value) in &request.headers {
            assert_eq!(arrived.header(header), Some(&**value), "{name}: {header}");
        }
        assert_eq!(arrived.header("api-version"), None, "{name}");
        assert_eq!(
            arrived.header("content-type").is_some(),
            !request.body.is_null(),
            "{name}"
        );
        let body: Value = serde_json::from_slice(&arrived.body).unwrap_or_default();
        assert_eq!(body, request.body, "{name}");
    }
    assert!(
        operations.len() == 4 && operations.values().all(|count| *count >= 5),
        "{operations:?}"
    );
}

#[tokio::test]
async fn invalid_cases_are_refused_before_a_byte_is_sent() {
    let server = Server::start([answer_bytes(200, &[], b"{}")]).await;
    let mut count = 0;
    for (name, case) in cases().into_iter().filter(|(_, case)| case.request.is_none()) {
        count += 1;
        let expected = &case.outcome;
        assert_eq!(
            (expected.result.as_str(), expected.parameter.is_some()),
            ("error", true),
            "{name}"
        );
        let kind = (expected.kind.as_deref(), expected.outcome.as_deref());
        assert_eq!(kind, (Some("invalid"), Some("not_sent")), "{name}");
        let reason = match call(&client(&server.endpoint(), &case.inputs), &case).await {
            Err(Err(reason)) => reason,
            Err(Ok(error)) => panic!("{name}: {error:?}"),
            Ok(_) => panic!("{name}: sent"),
        };
        assert!(reason.contains(expected.reason.as_deref().unwrap()), "{name}: {reason}");
    }
    assert!(count >= 12, "{count}");
    assert_eq!(server.requests().len(), 0);
}

/// The simulator reads the document, and neither this crate nor the cases.
#[tokio::test]
async fn simulator_agrees_with_the_wire_cases() {
    for (name, case) in cases() {
        let simulator = Simulator::builder()
            .tasks(Tasks::new())
            .any_task(true)
            .quota(Quota::off());
        let simulator = simulator
            .token(&case.inputs.auth_token)
            .project_id(&case.inputs.project_id);
        let simulator = simulator.start().await.unwrap();
        if let Some(request) = &case.request {
            let found = call(&client(&simulator.endpoint(), &case.inputs), &case).await;
            let found = found.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(found.content["total_num"], 0, "{name}");
            let seen = &simulator.requests()[0];
            assert_eq!(seen.operation.as_deref(), Some(&*case.operation), "{name}");
            // The form in which suites of other languages compare a request with a case.
            let url = format!("{}/_sim/requests", simulator.endpoint());
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let log = http.get(url).send().await.unwrap().bytes().await.unwrap();
            let wire = serde_json::from_slice::<Value>(&log).unwrap()["requests"][0]["wire"].clone();
            assert_eq!(wire["path"], request.path, "{name}");
            assert_eq!(wire["method"], request.method, "{name}");
            assert_eq!(wire["query"], serde_json::to_value(&request.query).unwrap(), "{name}");
            assert_eq!(wire["body"], request.body, "{name}");
            continue;
        }
        let Some(refusal) = &case.if_sent_anyway else { continue };
        let (status, code) = send_anyway(&simulator, &case).await;
        assert_eq!(
            (status, code.as_str()),
            (refusal.status, &*refusal.error_code),
            "{name}"
        );
    }
}

/// Sends a case as a client without checks would.
async fn send_anyway(simulator: &Simulator, case: &Case) -> (u16, String) {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let inputs = &case.inputs;
    let (project, task) = (
        encode(&inputs.project_id),
        encode(inputs.task_id.as_deref().unwrap_or_default()),
    );
    let path = match case.operation.as_str() {
        "listVulScanTask" => format!("/v5/{project}/vulnerability/scan-tasks"),
        "listVulScanTaskHost" => format!("/v5/{project}/vulnerability/scan-task/{task}/hosts"),
        "listTasks" => format!("/v5/{project}/common/tasks/batch-query"),
        _ => format!("/v5/{project}/common/tasks/{task}/resources/batch-query"),
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let query = inputs
        .query
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(&text(value))));
    let url = format!("{}{path}?{}", simulator.endpoint(), query.collect::<Vec<_>>().join("&"));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = match &inputs.body {
        Value::Null => http.get(url),
        body => http.post(url).json(body),
    };
    let answer = request.header("x-auth-token", &inputs.auth_token).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    (status, body["error_code"].as_str().unwrap_or_default().to_owned())
}
