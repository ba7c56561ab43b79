//! Sends any number of servers or clusters of one task, in batches.
//!
//! A [`Plan`] holds the task and the ids, all checked. [`Client::bulk`](crate::Client::bulk) makes a [`Run`] of it,
//! which sends one request after the other at the [`Pace`] of the service's quota, keeps a journal, and ends with a
//! [`Summary`].
//!
//! Both operations start scans, so a run never sends an item twice unless it is told to. An item is a server, a scan
//! item of a cluster, or a cluster without scan items, which means all that failed in it.
//!
//! - **The journal is the task's.** It is a file of JSON lines that says where the items of a task stand: one line before
//!   each send and one after it, each synced to the disk before the run goes on. The task is that of an operation, a
//!   project, an enterprise project and an endpoint, whatever list is sent. So a list that was corrected, sorted,
//!   shortened or extended goes on where the task stands: what was confirmed is left out, what was refused or not sent
//!   is sent, and what is unknown is named.
//! - **A run** begins with its first send and closes when every item of the list at hand is confirmed. A run that is open
//!   is resumed. Where a run that has closed started some of the items, [`Run::if_started`] decides; by default nothing
//!   is sent. Items whose scans were seen to fail again go all the same, where the caller recorded that
//!   (`Summary::record_failed`, feature `tasks`). Items that were not in the list with which a run closed stay as they are, so the pieces of a list can be
//!   sent one after the other.
//! - **The outcome of an item is unknown** where it was sent, or begun to be sent, without an answer that says whether
//!   the service acted. Only [`Run::resend_unknown`] resends it, because its scan may have started. An unknown outcome
//!   stays unknown until a later send is confirmed: a later refusal says nothing about the first send.
//! - **A refusal ends the run**, unless it [keeps going](Run::keep_going). A batch is refused as a whole;
//!   [`Summary::named`] are the ids in it that the service's message names. A batch that could not be delivered after
//!   the attempts of the client's [`RetryPolicy`](crate::RetryPolicy) ends the run too. That policy does not retry what
//!   was answered: the run waits after too many calls (429), after a gateway that could not ask IAM about the caller
//!   (503 `APIGW.0613`), and while IAM or the metadata service gives no credentials, up to
//!   [`MAX_CONSECUTIVE_THROTTLED`] times in a row, a minute or as long as the service asks. It is not known whether the
//!   service accepts a second request for a task that is still scanning; [`Run::retry_refused_after`] retries such a
//!   refusal.
//! - **An unknown outcome does not end the run**, so that one time-out in the night does not leave the rest unscanned.
//!   After [`MAX_CONSECUTIVE_UNKNOWN`] in a row the run ends: something on the way is broken, and the outcome of each
//!   further batch would be unknown too.
//!
//! The journal knows the runs of this user on this machine. A crash can tear its end, which is understood; a journal that
//! was changed in any other way is refused, and nothing is sent. That lines are missing at its end cannot be noticed:
//! such a file looks like an older journal, so do not restore one from a backup.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use huaweicloud_hss::Client;
//! use huaweicloud_hss::bulk::{IfStarted, Pace, Plan};
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
//! // That run has closed, so a second one is refused unless it says what it wants.
//! let again = client.bulk(&plan).journal(&journal);
//! assert!(again.send().await.is_err());
//! let rest = client.bulk(&plan).journal(&journal).if_started(IfStarted::Skip).send().await?;
//! assert_eq!(rest.counts().skipped, 2500);
//! # Ok(())
//! # }
//! ```

mod history;
mod item_state;
mod items;
mod journal;
mod plan;
mod progress;
pub(crate) mod rate_limit;
mod run;
mod runner;
mod started;
mod stop;
mod summary;
mod tracker;

pub use item_state::Counts;
pub use items::Item;
pub use journal::status::JournalStatus;
pub use plan::{BadEntry, Plan, PlanError};
pub use progress::{AfterFailure, Event, Progress, WaitReason};
pub use rate_limit::Pace;
pub use run::Run;
pub use runner::{MAX_CONSECUTIVE_THROTTLED, MAX_CONSECUTIVE_UNKNOWN};
pub use started::{AlreadyStarted, IfStarted};
pub use stop::Stop;
pub use summary::Summary;
