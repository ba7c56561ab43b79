//! Numbers, times and names as people read them.

use std::time::Duration;

use huaweicloud_hss::bulk::Operation;

/// The command that an operation is.
pub(crate) fn verb(operation: Operation) -> &'static str {
    match operation {
        Operation::RetryTask => "retry",
        _ => "rescan",
    }
}

pub(crate) fn batches(count: usize) -> String {
    format!("{} batch{}", grouped(count), if count == 1 { "" } else { "es" })
}

pub(crate) fn ids(count: usize) -> String {
    format!("{} id{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The number with a comma before every three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Hours, minutes and seconds, those that there are.
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
    fn numbers_for_people() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
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
}
