//! Sends any number of servers or clusters of one task, in batches.
//!
//! A [`Plan`] holds the task and the ids, all checked. [`Client::bulk`](crate::Client::bulk) makes a [`Run`] of it,
//! which sends one request after the other at the [`Pace`] of the service's quota, keeps a journal, and ends with a
//! [`Summary`].
//!
//! Both operations start scans, so a run never sends a batch twice unless it is told to:
//!
//! - **The journal** is a file of JSON lines with a line before each send and one after it, each synced to the disk
//!   before the run goes on. The same plan with the same journal resumes where an earlier run ended, however it ended:
//!   confirmed batches are not sent again, refused and unsent ones are. The space of the line after a send is reserved
//!   before the send, so that a full disk stops a run before it sends, not after.
//! - **The outcome of a batch is unknown** where it was sent, or begun to be sent, without an answer that says whether
//!   the service acted. The [`Summary`] names such batches. Only [`Run::resend_unknown`] resends them, because their
//!   scans may have started. An unknown outcome stays unknown until a later send is confirmed: a later refusal says
//!   nothing about the first send.
//! - **A refusal stops the run**, which can be resumed once the reason is gone. So does a batch that could not be
//!   delivered after the attempts of the client's [`RetryPolicy`](crate::RetryPolicy). That policy does not retry what
//!   was answered: the run waits after too many calls (429), or after a gateway that could not ask IAM about the caller
//!   (503 `APIGW.0613`), up to [`MAX_CONSECUTIVE_THROTTLED`] times in a row, a minute or as long as the service asks.
//!   It is not known whether the service accepts a second request for a task that is still scanning;
//!   [`Run::retry_refused_after`] retries such a refusal.
//! - **An unknown outcome does not stop the run**, so that one time-out in the night does not leave the rest unscanned.
//!   After [`MAX_CONSECUTIVE_UNKNOWN`] in a row the run ends: something on the way is broken, and the outcome of each
//!   further batch would be unknown too.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use huaweicloud_hss::Client;
//! use huaweicloud_hss::bulk::{Pace, Plan};
//! # use huaweicloud_hss_sim::{Quota, Simulator, Tasks};
//!
//! # let simulator = Simulator::builder().tasks(Tasks::new()).any_task(true).quota(Quota::off()).start().await?;
//! # let client = Client::builder().endpoint(simulator.endpoint()).project_id(simulator.project_id());
//! # let client = client.token(simulator.token()).build()?;
//! # let folder = tempfile::tempdir()?;
//! # let journal = folder.path().join("rescan.jsonl");
//! let hosts = (1..=2500).map(|number| format!("host-{number}"));
//! let plan = Plan::rescan("2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000", hosts)?;
//! assert_eq!(plan.batches(), 3);
//!
//! let summary = client.bulk(&plan).journal(&journal).pace(Pace::off()).send().await?;
//! assert!(summary.is_complete());
//! assert_eq!(summary.to_string(), "2500 confirmed, 0 unknown, 0 refused, 0 not sent");
//!
//! // The second run has nothing left to send.
//! let again = client.bulk(&plan).journal(&journal).send().await?;
//! assert_eq!(again.counts_before(), summary.counts());
//! # Ok(())
//! # }
//! ```

mod batch_state;
mod batch_tracker;
mod header;
mod journal;
mod plan;
mod progress;
mod rate_limit;
mod record;
mod run;
mod stop;
mod summary;

pub use batch_state::{Count, Counts};
pub use plan::{BadEntry, Plan, PlanError};
pub use progress::{Event, Progress, WaitReason};
pub use rate_limit::Pace;
pub use run::{MAX_CONSECUTIVE_THROTTLED, MAX_CONSECUTIVE_UNKNOWN, Run};
pub use stop::Stop;
pub use summary::{Summary, UnknownBatch};
