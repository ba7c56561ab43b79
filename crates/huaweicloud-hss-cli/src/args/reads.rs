//! The arguments of the commands that read tasks and wait for them.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use huaweicloud_hss::bulk::Pace;
use huaweicloud_hss::raw::tasks::types::ScanStatusFilter;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::args::options::{RequestOptions, time};
use crate::error::CliError;

#[derive(Debug, Args)]
pub(crate) struct TasksArguments {
    /// Only vulnerability scan tasks, which scan servers
    #[arg(long)]
    pub(crate) servers: bool,

    /// Only cluster scan tasks
    #[arg(long, conflicts_with = "servers")]
    pub(crate) clusters: bool,

    /// Only tasks in this state: ready, running or finished
    #[arg(long, value_name = "STATE", value_enum, hide_possible_values = true)]
    pub(crate) status: Option<TaskStatus>,

    /// Only tasks that started at this time or later: a time such as
    /// 2026-04-03T08:00:00Z, a date, or so long ago, such as 36h
    #[arg(long, verbatim_doc_comment, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Timestamp>,

    /// Show at most this many tasks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,

    #[command(flatten)]
    pub(crate) read: ReadOptions,
    #[command(flatten)]
    pub(crate) options: RequestOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskStatus {
    Ready,
    Running,
    Finished,
}

#[derive(Debug, Args)]
pub(crate) struct ItemsArguments {
    /// Id of the task
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: String,

    /// Only what is in this state: failed, scanning or success
    #[arg(long, value_name = "STATE", value_enum, hide_possible_values = true)]
    pub(crate) status: Option<ScanStatus>,

    #[command(flatten)]
    pub(crate) read: ReadOptions,
    #[command(flatten)]
    pub(crate) options: RequestOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanStatus {
    Failed,
    Scanning,
    Success,
}

impl From<ScanStatus> for ScanStatusFilter {
    fn from(status: ScanStatus) -> Self {
        match status {
            ScanStatus::Failed => Self::Failed,
            ScanStatus::Scanning => Self::Scanning,
            ScanStatus::Success => Self::Success,
        }
    }
}

/// How a list is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Call options")]
pub(crate) struct ReadOptions {
    /// Maximum pages per minute, such as 5/min, or off [default: 5/min, the
    /// service's quota per user]
    #[arg(long, verbatim_doc_comment, value_name = "N/min|off")]
    pub(crate) pace: Option<Pace>,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArguments {
    #[command(flatten)]
    pub(crate) kind: KindOptions,

    /// Id of the task
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) task_id: String,

    #[command(flatten)]
    pub(crate) limits: WaitLimits,
    #[command(flatten)]
    pub(crate) options: RequestOptions,
}

/// The kind of the task: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KindOptions {
    /// The task scans servers
    #[arg(long)]
    pub(crate) servers: bool,

    /// The task scans clusters
    #[arg(long)]
    pub(crate) clusters: bool,
}

/// Waiting after a request.
#[derive(Debug, Args)]
#[command(next_help_heading = "Wait options")]
pub(crate) struct WaitOptions {
    /// Wait until the task has ended, and show what failed
    #[arg(long)]
    pub(crate) wait: bool,

    #[command(flatten)]
    pub(crate) limits: WaitLimits,
}

impl WaitOptions {
    /// A time limit alone is a mistake. `retries` says whether refused batches are retried, which it limits too.
    pub(crate) fn check(&self, retries: bool) -> Result<(), CliError> {
        match self.limits.wait_timeout {
            Some(_) if !self.wait && !retries => Err(CliError::invalid(
                "--wait-timeout: needs --wait or --retry-refused-after",
            )),
            _ => Ok(()),
        }
    }
}

/// The time that `--help` and the SDK name.
pub(crate) const DEFAULT_WAIT_TIMEOUT: Duration = Duration::from_secs(2 * 60 * 60);

#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Wait options")]
pub(crate) struct WaitLimits {
    /// Maximum time to wait from the last request on, or for one that is
    /// accepted, such as 30m [default: 2h]
    #[arg(long, verbatim_doc_comment, value_name = "TIME", value_parser = time)]
    pub(crate) wait_timeout: Option<Duration>,

    /// Polls at this interval without a pace, for tests.
    #[arg(long, hide = true, value_name = "TIME", value_parser = time)]
    pub(crate) poll_interval: Option<Duration>,
}

/// Parses a time, a date or an age.
fn moment(text: &str) -> Result<Timestamp, String> {
    let invalid = || "expected a time such as 2026-04-03T08:00:00Z, a date, or an age such as 36h or 7d".to_owned();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        let moment = local.to_zoned(TimeZone::system()).map_err(|_| invalid())?;
        return Ok(moment.timestamp());
    }
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let hours = days
        .and_then(|days| days.checked_mul(24))
        .filter(|hours| *hours < 1_000_000);
    let age: jiff::SignedDuration = match hours {
        Some(hours) => jiff::SignedDuration::from_hours(hours),
        None => text.parse().map_err(|_| invalid())?,
    };
    if age.is_negative() {
        return Err(invalid());
    }
    Timestamp::now().checked_sub(age).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_times_dates_and_ages() {
        assert_eq!(moment("2026-04-03T08:00:00Z").unwrap().as_second(), 1_775_203_200);
        assert!(moment("2026-04-03").is_ok() && moment("2026-04-03T08:00").is_ok());
        for (age, hours) in [("36h", 36), ("7d", 168)] {
            let moment = moment(age).unwrap();
            let found = Timestamp::now().duration_since(moment);
            assert_eq!(found.as_hours(), hours, "{age}");
        }
        for wrong in ["", "yesterday", "-1h", "5", "99999999999d", "2026-13-01"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
