//! The first line of a journal, which says what it is about.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bulk::plan::Plan;
use crate::generated::constants::ENTERPRISE_PROJECT_ID_SERVICE_DEFAULT;

/// The begin of every journal. A file that begins differently is not overwritten.
const MAGIC: &str = r#"{"journal":"huaweicloud-hss bulk","version":"#;
const NAME: &str = "huaweicloud-hss bulk";
const VERSION: u32 = 2;

/// What a journal is about: a task, and where it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::bulk) struct Header {
    journal: String,
    version: u32,
    pub(in crate::bulk) operation: String,
    pub(in crate::bulk) endpoint: String,
    pub(in crate::bulk) project_id: String,
    pub(in crate::bulk) task_id: String,
    pub(in crate::bulk) enterprise_project_id: String,
}

impl Header {
    pub(in crate::bulk) fn of(plan: &Plan, endpoint: &str, project_id: &str) -> Self {
        let enterprise_project_id = plan.enterprise_project();
        Self {
            journal: NAME.to_owned(),
            version: VERSION,
            operation: plan.operation().as_str().to_owned(),
            endpoint: normalized(endpoint),
            project_id: project_id.to_owned(),
            task_id: plan.task_id().to_owned(),
            enterprise_project_id: enterprise_project_id
                .unwrap_or(ENTERPRISE_PROJECT_ID_SERVICE_DEFAULT)
                .to_owned(),
        }
    }

    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        let other = || "it is not a journal of hss; it was left unchanged".to_owned();
        if !Self::is_begin(line) {
            return Err(other());
        }
        let torn = || "only the begin of its first line is there; a run of its task writes it anew".to_owned();
        let unreadable = |error: serde_json::Error| if error.is_eof() { torn() } else { other() };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_slice(line).map_err(unreadable)?;
        if version != VERSION {
            return Err(format!(
                "it is a journal of version {version}; version {VERSION} is known here"
            ));
        }
        serde_json::from_slice(line).map_err(|_| other())
    }

    /// Whether a file that begins like this is a journal, or what a crash left of one.
    pub(super) fn is_begin(bytes: &[u8]) -> bool {
        let magic = MAGIC.as_bytes();
        bytes.starts_with(magic) || magic.starts_with(bytes)
    }

    /// A file name that is unique for the task and readable for people.
    pub(in crate::bulk) fn file_name(&self) -> String {
        let mut hash = Sha256::new();
        for (_, text) in self.fields() {
            // Each with its length, so that different tasks cannot look alike.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        let digest = hash.finalize();
        let print: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let kept = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        let task: String = self.task_id.chars().filter(kept).take(40).collect();
        format!("{}-{task}-{print}.jsonl", self.operation)
    }

    /// The first difference to another journal, in words.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let mut fields = self.fields().into_iter().zip(other.fields());
        let (ours, theirs) = fields.find(|(ours, theirs)| ours != theirs)?;
        Some(format!("its {} is {}, and here it is {}", ours.0, theirs.1, ours.1))
    }

    fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("operation", &self.operation),
            ("endpoint", &self.endpoint),
            ("project", &self.project_id),
            ("task", &self.task_id),
            ("enterprise project", &self.enterprise_project_id),
        ]
    }
}

/// The endpoint without what makes no difference: a dot behind the host, and by which name this machine is called.
fn normalized(endpoint: &str) -> String {
    let Ok(mut url) = Url::parse(endpoint) else {
        return endpoint.to_owned();
    };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    let is_loopback = address.is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    let host = if is_loopback { "localhost" } else { &host };
    match url.set_host(Some(host)) {
        Ok(()) => url.as_str().trim_end_matches('/').to_owned(),
        Err(_) => endpoint.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(plan: &Plan) -> Header {
        Header::of(plan, "https://e", "p")
    }

    #[test]
    fn names_the_first_difference() {
        let plan = Plan::rescan("task", ["a", "b"]).unwrap();
        let ours = header(&plan);
        let difference = |other: Header| ours.difference(&other);
        let of = |plan: Result<Plan, _>| header(&plan.unwrap());
        let none = [
            header(&Plan::rescan("task", ["c"]).unwrap()),
            header(&plan.clone().enterprise_project_id("0").unwrap()),
        ];
        assert_eq!(none.map(difference), [None, None]);
        let found = [
            of(Plan::retry("task", ["a", "b"])),
            Header::of(&plan, "https://f", "p"),
            Header::of(&plan, "https://e", "q"),
            of(Plan::rescan("other", ["a", "b"])),
            header(&plan.clone().enterprise_project_id("1").unwrap()),
        ];
        let names: std::collections::BTreeSet<String> = found.iter().map(Header::file_name).collect();
        assert_eq!(names.len(), 5);
        let expected = [
            "its operation is retry_task, and here it is recreate_vul_scan_task",
            "its endpoint is https://f, and here it is https://e",
            "its project is q, and here it is p",
            "its task is other, and here it is task",
            "its enterprise project is 1, and here it is 0",
        ];
        assert_eq!(found.map(|other| difference(other).unwrap()), expected);
    }

    #[test]
    fn endpoints_that_are_one_place_are_equal() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://localhost:8080"),
            ("http://localhost:8080/", "http://localhost:8080"),
            ("https://HSS.example.com.:443", "https://hss.example.com"),
            ("https://hss.example.com:444/base/", "https://hss.example.com:444/base"),
        ] {
            assert_eq!(normalized(endpoint), expected);
        }
    }

    #[test]
    fn header_round_trips_and_other_versions_are_refused() {
        let header = header(&Plan::rescan("a/b", ["a"]).unwrap());
        let line = serde_json::to_string(&header).unwrap();
        let name = header.file_name();
        assert!(name.starts_with("recreate_vul_scan_task-ab-"), "{name}");
        assert_eq!(Header::parse(line.as_bytes()).unwrap().difference(&header), None);
        for version in ["1", "3"] {
            let other = line.replace(r#""version":2"#, &format!(r#""version":{version},"ids":9"#));
            let reason = Header::parse(other.as_bytes()).unwrap_err();
            assert!(reason.contains(&format!("a journal of version {version}")), "{reason}");
        }
        for foreign in ["{}", r#"{"version":2}"#, "notes"] {
            assert!(Header::parse(foreign.as_bytes()).unwrap_err().contains("not a journal"));
        }
    }
}
