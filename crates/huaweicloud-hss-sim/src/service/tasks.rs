//! Tasks as users write and read them: in the file for `--tasks`, from `/_sim/tasks/{id}` and in Rust.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use huaweicloud_auth::BoundedFile;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::TasksError;

/// Id of the built-in vulnerability scan task, the example in the OpenAPI document.
pub const DEMO_VUL_SCAN_TASK_ID: &str = "2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000";

/// Id of the built-in cluster scan task, the example in the OpenAPI document.
pub const DEMO_CLUSTER_SCAN_TASK_ID: &str = "7c41ed52-0a1b-4c2d-8e3f-ebedb6e57001";

/// JSON Schema of the file for `--tasks`.
pub const TASKS_SCHEMA: &str = include_str!("../../tasks.schema.json");

/// The largest file of tasks that is read.
const MAX_FILE: usize = 64 * 1024 * 1024;

/// How long a file of tasks that is a pipe may take.
const MAX_TIME: Duration = Duration::from_secs(30);

/// State of the scan of a host, or of one scan item of a cluster, by the vendor's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScanState {
    /// The scan failed; a request for all that failed repeats it.
    Failed,
    /// The scan runs.
    Scanning,
    /// The scan succeeded.
    Success,
}

impl ScanState {
    /// The state's name in JSON: `failed`, `scanning` or `success`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Scanning => "scanning",
            Self::Success => "success",
        }
    }
}

impl std::fmt::Display for ScanState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a task was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// By hand, or by a request.
    #[default]
    Manual,
    /// By a schedule.
    Schedule,
}

impl Trigger {
    /// The name in JSON: `manual` or `schedule`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Schedule => "schedule",
        }
    }

    fn is_manual(&self) -> bool {
        *self == Self::Manual
    }
}

/// A task that scans hosts for vulnerabilities, the kind that `recreateVulScanTask` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use]
pub struct VulnerabilityScanTask {
    /// Id of the task.
    pub id: String,
    /// How it was started.
    #[serde(default, skip_serializing_if = "Trigger::is_manual")]
    pub trigger: Trigger,
    /// When it started, in milliseconds since 1970-01-01 UTC; by default when the simulator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<i64>,
    /// A JSON merge patch (RFC 7396) of its row in lists, for members that are missing, new or have new values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The hosts, in the order of the file.
    pub hosts: Vec<Host>,
}

impl VulnerabilityScanTask {
    /// A task without hosts.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            trigger: Trigger::default(),
            start_time: None,
            answer: None,
            hosts: Vec::new(),
        }
    }

    /// Adds a host.
    pub fn with_host(self, id: impl Into<String>, state: ScanState) -> Self {
        self.with(Host::new(id, state))
    }

    /// Adds a host.
    pub fn with(mut self, host: Host) -> Self {
        self.hosts.push(host);
        self
    }

    /// State of a host, `None` where the task does not have it.
    pub fn state(&self, host_id: &str) -> Option<ScanState> {
        self.hosts.iter().find(|host| host.id == host_id).map(|host| host.state)
    }
}

/// A host in a vulnerability scan task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Host {
    /// Id of the host.
    pub id: String,
    /// State of its scan.
    pub state: ScanState,
    /// How a running scan ends; by default with success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<ScanState>,
    /// Why the scan failed, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_reason: Option<String>,
    /// A JSON merge patch (RFC 7396) of its row in lists, for members that are missing, new or have new values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
}

impl Host {
    /// A host whose scans succeed.
    pub fn new(id: impl Into<String>, state: ScanState) -> Self {
        Self {
            id: id.into(),
            state,
            then: None,
            failed_reason: None,
            answer: None,
        }
    }
}

/// A task that scans clusters, the kind that `retryTask` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use]
pub struct ClusterScanTask {
    /// Id of the task.
    pub id: String,
    /// Its name; by default its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How it was started.
    #[serde(default, skip_serializing_if = "Trigger::is_manual")]
    pub trigger: Trigger,
    /// When it started, in milliseconds since 1970-01-01 UTC; by default when the simulator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<i64>,
    /// A JSON merge patch (RFC 7396) of its row in lists, for members that are missing, new or have new values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The clusters, in the order of the file.
    pub clusters: Vec<Cluster>,
}

impl ClusterScanTask {
    /// A task without clusters.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            trigger: Trigger::default(),
            start_time: None,
            answer: None,
            clusters: Vec::new(),
        }
    }

    /// Adds a cluster with its scan items.
    pub fn with_cluster<S: Into<String>>(
        self,
        id: impl Into<String>,
        scans: impl IntoIterator<Item = (S, ScanState)>,
    ) -> Self {
        self.with(Cluster::new(id, scans))
    }

    /// Adds a cluster.
    pub fn with(mut self, cluster: Cluster) -> Self {
        self.clusters.push(cluster);
        self
    }

    /// State of one scan item of a cluster, `None` where the task does not have it.
    pub fn state(&self, cluster_id: &str, scan_type: &str) -> Option<ScanState> {
        self.clusters
            .iter()
            .find(|cluster| cluster.id == cluster_id)?
            .scans
            .get(scan_type)
            .copied()
    }
}

/// A cluster in a cluster scan task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cluster {
    /// Id of the cluster.
    pub id: String,
    /// Scan item, for example `cluster_vul`, to its state.
    #[serde(deserialize_with = "crate::service::unique::keys")]
    pub scans: BTreeMap<String, ScanState>,
    /// How running scans end; by default with success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<ScanState>,
    /// Why the scans failed that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_reason: Option<String>,
    /// A JSON merge patch (RFC 7396) of its row in lists, for members that are missing, new or have new values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
}

impl Cluster {
    /// A cluster whose scans succeed.
    pub fn new<S: Into<String>>(id: impl Into<String>, scans: impl IntoIterator<Item = (S, ScanState)>) -> Self {
        Self {
            id: id.into(),
            scans: scans.into_iter().map(|(name, state)| (name.into(), state)).collect(),
            then: None,
            failed_reason: None,
            answer: None,
        }
    }
}

/// The tasks that a simulator knows when it starts.
///
/// ```
/// use huaweicloud_hss_sim::{ScanState, Tasks, VulnerabilityScanTask};
///
/// let tasks = Tasks::new().with_vulnerability_scan_task(
///     VulnerabilityScanTask::new("nightly").with_host("web-1", ScanState::Failed),
/// );
/// let same = Tasks::from_json(
///     r#"{"vulnerability_scan_tasks": [{"id": "nightly", "hosts": [{"id": "web-1", "state": "failed"}]}]}"#,
/// )?;
/// assert_eq!(tasks, same);
/// # Ok::<(), huaweicloud_hss_sim::TasksError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use]
pub struct Tasks {
    /// Tasks that `recreateVulScanTask` takes.
    #[serde(default)]
    pub vulnerability_scan_tasks: Vec<VulnerabilityScanTask>,
    /// Tasks that `retryTask` takes.
    #[serde(default)]
    pub cluster_scan_tasks: Vec<ClusterScanTask>,
}

impl Tasks {
    /// No task at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tasks that a simulator has by default: [`DEMO_VUL_SCAN_TASK_ID`] with five hosts, of which
    /// three failed, and [`DEMO_CLUSTER_SCAN_TASK_ID`] with three clusters, of which two have scan items that failed.
    /// The examples of the OpenAPI document are valid for both.
    pub fn built_in() -> Self {
        use ScanState::{Failed, Success};
        let scans = |vulnerabilities, risks, benchmark| {
            [
                ("cluster_vul", vulnerabilities),
                ("risk_assessment", risks),
                ("benchmark", benchmark),
            ]
        };
        Self::new()
            .with_vulnerability_scan_task(
                VulnerabilityScanTask::new(DEMO_VUL_SCAN_TASK_ID)
                    .with_host("host-a", Failed)
                    .with_host("host-b", Failed)
                    .with_host("host-c", Success)
                    .with_host("host-d", Failed)
                    .with_host("71a15ecc-049f-4cca-bd28-5e90aca1817f", Success),
            )
            .with_cluster_scan_task(
                ClusterScanTask::new(DEMO_CLUSTER_SCAN_TASK_ID)
                    .with_cluster("cluster-1", scans(Failed, Success, Failed))
                    .with_cluster("cluster-2", scans(Failed, Failed, Success))
                    .with_cluster("cluster-3", scans(Success, Success, Success)),
            )
    }

    /// Adds a vulnerability scan task.
    pub fn with_vulnerability_scan_task(mut self, task: VulnerabilityScanTask) -> Self {
        self.vulnerability_scan_tasks.push(task);
        self
    }

    /// Adds a cluster scan task.
    pub fn with_cluster_scan_task(mut self, task: ClusterScanTask) -> Self {
        self.cluster_scan_tasks.push(task);
        self
    }

    /// Reads tasks from JSON that [`TASKS_SCHEMA`] describes.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON, does not follow the schema, or an id or a property appears twice. The error names all problems.
    pub fn from_json(text: &str) -> Result<Self, TasksError> {
        let one = |problem: String| TasksError::new(vec![problem]);
        let value: Value = serde_json::from_str(text).map_err(|error| one(format!("not JSON: {error}")))?;
        let schema: Value = serde_json::from_str(TASKS_SCHEMA).map_err(|error| one(error.to_string()))?;
        let validator = jsonschema::draft202012::new(&schema).map_err(|error| one(error.to_string()))?;
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| {
                let place = error.instance_path().to_string();
                format!("{}: {error}", if place.is_empty() { "/" } else { &place })
            })
            .collect();
        if !problems.is_empty() {
            return Err(TasksError::new(problems));
        }
        // From the text, because the value no longer shows what appears twice.
        let tasks: Self = serde_json::from_str(text).map_err(|error| one(error.to_string()))?;
        tasks.check()?;
        Ok(tasks)
    }

    /// Reads tasks from a file of at most 64 MiB, or from a pipe within 30 seconds; see [`Tasks::from_json`].
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, and as [`Tasks::from_json`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, TasksError> {
        let unreadable = |error: &dyn Display| TasksError::new(vec![format!("the file cannot be read: {error}")]);
        let file = BoundedFile::read(path.as_ref(), MAX_FILE, MAX_TIME).map_err(|error| unreadable(&error))?;
        let text = std::str::from_utf8(file.bytes()).map_err(|error| unreadable(&error))?;
        Self::from_json(text)
    }

    /// Checks what the schema cannot express: ids are unique.
    pub(crate) fn check(&self) -> Result<(), TasksError> {
        let mut problems = Vec::new();
        // Over both kinds, because `/_sim/tasks/{id}` does not say which kind it asks for.
        let hosts = self.vulnerability_scan_tasks.iter().map(|task| &task.id);
        let ids = hosts.chain(self.cluster_scan_tasks.iter().map(|task| &task.id));
        duplicates("task", ids, "", &mut problems);
        for task in &self.vulnerability_scan_tasks {
            let place = format!(" in task {:?}", task.id);
            duplicates("host", task.hosts.iter().map(|host| &host.id), &place, &mut problems);
        }
        for task in &self.cluster_scan_tasks {
            let place = format!(" in task {:?}", task.id);
            let ids = task.clusters.iter().map(|cluster| &cluster.id);
            duplicates("cluster", ids, &place, &mut problems);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(TasksError::new(problems))
        }
    }
}

fn duplicates<'t>(what: &str, ids: impl Iterator<Item = &'t String>, place: &str, problems: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            problems.push(format!("the {what} id {id:?} appears twice{place}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_limits_are_the_documents_limits() {
        let schema: Value = serde_json::from_str(TASKS_SCHEMA).unwrap();
        let document: Value = serde_json::from_str(crate::document::EMBEDDED[0]).unwrap();
        let pairs = [
            ("vulnerability_scan_task", "VulScanTaskId"),
            ("cluster_scan_task", "CommonTaskId"),
            ("cluster", "ClusterId"),
            ("host", "HostId"),
        ];
        for (ours, theirs) in pairs {
            for limit in ["minLength", "maxLength"] {
                let here = &schema["$defs"][ours]["properties"]["id"][limit];
                assert_eq!(
                    here, &document["components"]["schemas"][theirs][limit],
                    "{limit} of {ours} in tasks.schema.json"
                );
            }
        }
    }

    #[test]
    fn the_built_in_ids_are_the_documents_examples() {
        let document: Value = serde_json::from_str(crate::document::EMBEDDED[0]).unwrap();
        let example = |name: &str| {
            document["components"]["schemas"][name]["example"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(example("VulScanTaskId"), DEMO_VUL_SCAN_TASK_ID);
        assert_eq!(example("CommonTaskId"), DEMO_CLUSTER_SCAN_TASK_ID);
        assert_eq!(example("ProjectId"), crate::DEFAULT_PROJECT_ID);
        let tasks = Tasks::built_in();
        assert!(tasks.vulnerability_scan_tasks[0].state(&example("HostId")).is_some());
        assert!(
            tasks.cluster_scan_tasks[0]
                .state(&example("ClusterId"), &example("ScanType"))
                .is_some()
        );
    }

    #[test]
    fn the_built_in_tasks_are_a_valid_file() {
        let tasks = Tasks::built_in();
        assert_eq!(
            Tasks::from_json(&serde_json::to_string(&tasks).unwrap()).unwrap(),
            tasks
        );
    }

    #[test]
    fn names_every_problem_of_a_file_with_its_place() {
        let error = Tasks::from_json(
            r#"{"vulnerability_scan_tasks": [{"id": "", "hosts": [{"id": "a", "state": "broken"}]}], "more": 1}"#,
        )
        .unwrap_err();
        let text = error.to_string();
        assert_eq!(error.problems().len(), 3, "{text}");
        assert!(text.contains("/vulnerability_scan_tasks/0/id"), "{text}");
        assert!(text.contains("/vulnerability_scan_tasks/0/hosts/0/state"), "{text}");
        assert!(text.contains("more"), "{text}");
    }

    #[test]
    fn refuses_a_duplicate_property() {
        for (text, property) in [
            (
                r#"{"cluster_scan_tasks": [], "cluster_scan_tasks": []}"#,
                "cluster_scan_tasks",
            ),
            (
                r#"{"vulnerability_scan_tasks": [{"id": "t", "hosts": [{"id": "h", "state": "failed", "state": "success"}]}]}"#,
                "state",
            ),
            (
                r#"{"cluster_scan_tasks": [{"id": "t", "clusters":
                    [{"id": "c", "scans": {"benchmark": "failed", "benchmark": "success"}}]}]}"#,
                "benchmark",
            ),
        ] {
            let error = Tasks::from_json(text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("duplicate field `{property}` at line")),
                "{error}"
            );
        }
    }

    #[test]
    fn refuses_a_duplicate_id() {
        let twice = |text: &str| Tasks::from_json(text).unwrap_err().to_string();
        let across = twice(
            r#"{"vulnerability_scan_tasks": [{"id": "t", "hosts": []}],
                "cluster_scan_tasks": [{"id": "t", "clusters": []}]}"#,
        );
        assert!(across.contains(r#"task id "t" appears twice"#), "{across}");
        let host = twice(
            r#"{"vulnerability_scan_tasks": [{"id": "t",
                "hosts": [{"id": "h", "state": "failed"}, {"id": "h", "state": "success"}]}]}"#,
        );
        assert!(host.contains(r#"host id "h" appears twice in task "t""#), "{host}");
        let cluster = twice(
            r#"{"cluster_scan_tasks": [{"id": "t", "clusters": [{"id": "c", "scans": {}}, {"id": "c", "scans": {}}]}]}"#,
        );
        assert!(
            cluster.contains(r#"cluster id "c" appears twice in task "t""#),
            "{cluster}"
        );
    }
}
