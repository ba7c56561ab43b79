//! Reads whole lists, and waits for the end of a task.
//!
//! [`Request::listing`](crate::Request::listing) reads all pages of a list at the [`Pace`](crate::bulk::Pace) of the quota.
//! [`Client::wait_for`](crate::Client::wait_for) watches a task until its scans have ended.
//!
//! A read changes nothing, so it is retried after time-outs, broken connections and 5xx too. Where it fails all the same,
//! the outcome is [`Outcome::NoEffect`](crate::Outcome::NoEffect).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use huaweicloud_hss::raw::tasks::types::ScanStatusFilter;
//! use huaweicloud_hss::reads::TaskKind;
//! # use huaweicloud_hss::Client;
//!
//! # let simulator = huaweicloud_hss_sim::Simulator::builder().scan_time(std::time::Duration::ZERO).start().await?;
//! # let client = Client::builder().endpoint(simulator.endpoint()).project_id(simulator.project_id());
//! # let client = client.token(simulator.token()).build()?;
//! let task_id = "2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000";
//! let failed = client.vul_scan_task_hosts(task_id).status(ScanStatusFilter::Failed).listing().all().await?;
//! failed.complete()?;
//! let ids: Vec<String> = failed.rows.into_iter().filter_map(|host| host.host_id).collect();
//!
//! let mut wait = client.wait_for(TaskKind::Servers, task_id);
//! wait.take_baseline().await?;
//! client.recreate_vul_scan_task(task_id).hosts(ids).await?;
//! let result = wait.until_finished().await?;
//! assert!(result.is_finished());
//! # Ok(())
//! # }
//! ```

mod listing;
mod task_state;
mod wait;
mod watch;

pub use crate::operations::TaskKind;
pub use listing::{All, Listing};
pub use task_state::TaskState;
pub use wait::{Poll, Wait, WaitResult};
