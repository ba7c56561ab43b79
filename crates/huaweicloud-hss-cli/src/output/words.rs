//! Numbers, times and names as people read them.

use std::time::Duration;

use huaweicloud_hss::OperationId;
use huaweicloud_hss::reads::TaskKind;
use indicatif::HumanCount;

/// The command of an operation.
pub(crate) fn verb(operation: OperationId) -> &'static str {
    match operation {
        OperationId::RecreateVulScanTask => "rescan",
        OperationId::RetryTask => "retry",
        other => other.as_str(),
    }
}

pub(crate) fn batches(number: usize) -> String {
    count(number, "batch", "batches")
}

/// A number of the items of an operation.
pub(crate) fn items(operation: OperationId, number: usize) -> String {
    match operation.repeats() {
        Some(TaskKind::Servers) => count(number, "server", "servers"),
        // Of clusters: they, and their scan items.
        Some(TaskKind::Clusters) | None => count(number, "item", "items"),
    }
}

/// A number with its noun.
pub(crate) fn count(number: usize, singular: &str, plural: &str) -> String {
    format!(
        "{} {}",
        HumanCount(number as u64),
        if number == 1 { singular } else { plural }
    )
}

/// A time in its two largest units, rounded up to seconds.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m {seconds:02}s"),
        _ => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators_and_the_right_noun() {
        for (number, text) in [
            (0, "0 servers"),
            (1, "1 server"),
            (999, "999 servers"),
            (1000, "1,000 servers"),
            (1_234_567, "1,234,567 servers"),
        ] {
            assert_eq!(items(OperationId::RecreateVulScanTask, number), text);
        }
        assert_eq!(items(OperationId::RetryTask, 2), "2 items");
    }

    #[test]
    fn durations_have_two_units_and_round_up() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 00s"),
            (3599, "59m 59s"),
            (3660, "1h 01m"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        assert_eq!(duration(Duration::from_millis(1500)), "2s");
    }

    #[test]
    fn every_operation_has_its_command() {
        assert_eq!(verb(OperationId::RecreateVulScanTask), "rescan");
        assert_eq!(verb(OperationId::RetryTask), "retry");
    }
}
