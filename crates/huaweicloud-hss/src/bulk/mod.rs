//! Any number of servers or clusters of one task, in requests that the service takes.
//!
//! A [`Plan`] holds the task and the ids, all checked. [`Client::bulk`](crate::Client::bulk) makes a [`Run`] of it, which
//! sends one request after the other at the [`Pace`] of the service's quota, keeps a journal, and ends with a [`Summary`].
//!
//! Both operations start scans, so a run never sends a batch twice on its own account:
//!
//! - **The journal** is a file of JSON lines with a line before each send and one after, each synced to the disk before
//!   the run goes on. The same plan with the same journal goes on where an earlier run ended, however that ended: what was
//!   confirmed is not sent again, what was refused or not sent is. The space of the line after a send is taken before the
//!   send, so that a full disk stops a run before it sends, not after.
//! - **In doubt** is a batch that was sent, or begun to be sent, without word of what came of it. It is named in the
//!   [`Summary`], and sent again with [`Run::resend_unknown`] alone, because its scans may have started. Once in doubt, a
//!   batch leaves doubt by a confirmation alone: that a later try was refused says nothing of the first.
//! - **A refusal stops the run**, to be resumed once its reason is gone, and so does a batch that could not be delivered
//!   after as many tries as the client's [`RetryPolicy`](crate::RetryPolicy) has. What was answered that policy does not
//!   repeat: too many calls (429), or a gateway that could not ask who calls (503 `APIGW.0613`), are waited out up to
//!   [`MAX_CONSECUTIVE_THROTTLED`] times in a row, a minute or as long as the service says. Whether the service takes a second request
//!   for a task whose scans still run is not known; [`Run::retry_refused_after`] tries such a refusal again.
//! - **A batch in doubt does not stop the run**, so that one time-out in the night does not leave the rest unscanned; but
//!   after [`MAX_CONSECUTIVE_UNKNOWN`] in a row no more is sent: something on the way is broken, and each further batch would be in
//!   doubt too.
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
//! assert_eq!(summary.counts().confirmed.ids, 2500);
//!
//! // Once more: there is nothing left to send.
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
pub use plan::{BadEntry, Operation, Plan, PlanError};
pub use progress::{Event, Progress, WaitReason};
pub use rate_limit::Pace;
pub use run::{MAX_CONSECUTIVE_THROTTLED, MAX_CONSECUTIVE_UNKNOWN, Run};
pub use stop::Stop;
pub use summary::{Summary, UnknownBatch};
