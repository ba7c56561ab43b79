//! The first line of a journal, which says what run it belongs to.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::{Items, Plan};

/// The begin of every journal. A file that begins differently is not overwritten.
pub(super) const MAGIC: &str = r#"{"journal":"huaweicloud-hss bulk","version":"#;
const NAME: &str = "huaweicloud-hss bulk";
const VERSION: u32 = 1;

/// The run that a journal belongs to. It does not hold the ids: the caller has the list when a run resumes, and the fingerprint
/// tells whether it is the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    journal: String,
    version: u32,
    operation: String,
    endpoint: String,
    project_id: String,
    task_id: String,
    enterprise_project_id: Option<String>,
    ids: usize,
    batch_size: usize,
    /// SHA-256 over all of the above and the list.
    fingerprint: String,
    created: String,
}

impl Header {
    pub(super) fn of(plan: &Plan, endpoint: &str, project_id: &str, created: String) -> Self {
        Self {
            journal: NAME.to_owned(),
            version: VERSION,
            operation: plan.operation().as_str().to_owned(),
            endpoint: endpoint.to_owned(),
            project_id: project_id.to_owned(),
            task_id: plan.task_id().to_owned(),
            enterprise_project_id: plan.enterprise_project().map(str::to_owned),
            ids: plan.ids(),
            batch_size: plan.batch_size(),
            fingerprint: fingerprint(plan, endpoint, project_id),
            created,
        }
    }

    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        let header: Self = serde_json::from_slice(line).map_err(|_| "its first line is not the header of a journal")?;
        match (header.journal.as_str(), header.version) {
            (NAME, VERSION) => Ok(header),
            (NAME, version) => Err(format!("it is of version {version}; version {VERSION} is known here")),
            _ => Err("its first line is not the header of a journal".to_owned()),
        }
    }

    /// A file name that is unique for the run and readable for people.
    pub(super) fn file_name(&self) -> String {
        let kept = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        let task: String = self.task_id.chars().filter(kept).take(40).collect();
        let print: String = self.fingerprint.chars().take(16).collect();
        format!("{}-{task}-{print}.jsonl", self.operation)
    }

    /// The first difference between this run and another one, in words.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let none = "none".to_owned();
        let eps = |header: &Self| header.enterprise_project_id.clone().unwrap_or_else(|| none.clone());
        let fields = [
            ("operation", self.operation.clone(), other.operation.clone()),
            ("endpoint", self.endpoint.clone(), other.endpoint.clone()),
            ("project", self.project_id.clone(), other.project_id.clone()),
            ("task", self.task_id.clone(), other.task_id.clone()),
            ("enterprise project", eps(self), eps(other)),
            ("number of ids", self.ids.to_string(), other.ids.to_string()),
            ("batch size", self.batch_size.to_string(), other.batch_size.to_string()),
        ];
        let mut differing = fields.iter().filter(|(_, ours, theirs)| ours != theirs);
        match differing.next() {
            Some((name, ours, theirs)) => Some(format!("its {name} is {theirs}, and here it is {ours}")),
            None if self.fingerprint != other.fingerprint => {
                Some("the list differs (other ids or another order)".to_owned())
            }
            None => None,
        }
    }
}

/// SHA-256 over everything that identifies a run, each piece with its length, so that different lists cannot look alike.
fn fingerprint(plan: &Plan, endpoint: &str, project_id: &str) -> String {
    let mut hash = Sha256::new();
    let mut piece = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    piece(NAME);
    for text in [plan.operation().as_str(), endpoint, project_id, plan.task_id()] {
        piece(text);
    }
    // No enterprise project can be empty.
    piece(plan.enterprise_project().unwrap_or_default());
    piece(&plan.batch_size().to_string());
    match plan.items() {
        Items::Hosts(hosts) => hosts.iter().for_each(|id| piece(id)),
        Items::Clusters(clusters) => {
            for cluster in clusters {
                piece(&cluster.id);
                let types = cluster.scan_types.as_deref().unwrap_or_default();
                piece(&types.len().to_string());
                types.iter().for_each(|name| piece(name));
            }
        }
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cluster;

    fn header(plan: &Plan) -> Header {
        Header::of(plan, "https://e", "p", "now".to_owned())
    }

    #[test]
    fn names_the_first_difference_between_runs() {
        let plan = Plan::rescan("task", ["a", "b"]).unwrap();
        let ours = header(&plan);
        assert_eq!(ours.difference(&header(&plan)), None);
        let differs = |other: Header| ours.difference(&other).unwrap();
        let of = |plan: Result<Plan, _>| header(&plan.unwrap());
        let found = [
            differs(of(Plan::retry("task", ["a", "b"]))),
            differs(Header::of(&plan, "https://f", "p", String::new())),
            differs(Header::of(&plan, "https://e", "q", String::new())),
            differs(of(Plan::rescan("other", ["a", "b"]))),
            differs(header(&plan.clone().enterprise_project_id("0").unwrap())),
            differs(of(Plan::rescan("task", ["a"]))),
            differs(of(Plan::rescan("task", ["b", "a"]))),
        ];
        let expected = [
            "its operation is retry_task, and here it is recreate_vul_scan_task",
            "its endpoint is https://f, and here it is https://e",
            "its project is q, and here it is p",
            "its task is other, and here it is task",
            "its enterprise project is 0, and here it is none",
            "its number of ids is 1, and here it is 2",
            "the list differs (other ids or another order)",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn different_lists_have_different_fingerprints() {
        let cluster = |id: &str, types: &[&str]| Cluster::new(id).scan_types(types.to_vec());
        let plans = [
            Plan::rescan("t", ["a", "b"]),
            Plan::rescan("t", ["ab"]),
            Plan::rescan("t", ["a", "b", "c"]),
            Plan::rescan("t", ["b", "a"]),
            Plan::retry("t", ["a", "b"]),
            Plan::retry("t", [cluster("a", &["b"])]),
            Plan::retry("t", [cluster("a", &["b"]), "c".into()]),
            Plan::retry("t", [cluster("a", &["b", "c"])]),
        ];
        let prints: std::collections::BTreeSet<_> = plans
            .into_iter()
            .map(|plan| header(&plan.unwrap()).fingerprint)
            .collect();
        assert_eq!(prints.len(), 8);
    }

    #[test]
    fn header_begins_with_the_magic_and_round_trips() {
        let header = header(&Plan::rescan("a/b", ["a"]).unwrap());
        let line = serde_json::to_string(&header).unwrap();
        assert!(line.starts_with(MAGIC), "{line}");
        assert!(
            header.file_name().starts_with("recreate_vul_scan_task-ab-"),
            "{}",
            header.file_name()
        );
        assert_eq!(Header::parse(line.as_bytes()).unwrap().difference(&header), None);
        let newer = line.replace(r#""version":1"#, r#""version":2"#);
        assert!(Header::parse(newer.as_bytes()).unwrap_err().contains("version 2"));
        assert!(Header::parse(b"{}").is_err());
    }
}
