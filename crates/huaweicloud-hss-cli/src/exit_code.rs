//! Exit codes.

use huaweicloud_hss::bulk::Summary;
use huaweicloud_hss::{ErrorKind, Outcome};

/// A defect of this program, or a result that could not be written.
pub(crate) const INTERNAL: u8 = 1;
/// A usage error, or an invalid value.
pub(crate) const USAGE: u8 = 2;
/// The outcome is unknown.
pub(crate) const UNKNOWN: u8 = 7;
/// A list was not sent to its end.
pub(crate) const RESUMABLE: u8 = 8;
/// The task finished, and something of what was asked for still fails.
pub(crate) const STILL_FAILS: u8 = 9;
/// The end of the task was not confirmed.
pub(crate) const NOT_CONFIRMED: u8 = 10;
/// A signal ended the command.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit code of an error.
///
/// | code | meaning |
/// |---|---|
/// | 1 | internal error |
/// | 2 | usage error or invalid value; nothing was sent |
/// | 3 | no credentials, or authentication or permission was refused |
/// | 4 | the service refused the request |
/// | 5 | throttled, after all allowed retries |
/// | 6 | not delivered: the service did not receive the request; or a read without an answer |
/// | 7 | outcome unknown |
///
/// An unknown outcome takes precedence over the kind: the caller must not repeat the call without checking.
pub(crate) fn of_error(kind: ErrorKind, outcome: Outcome) -> u8 {
    match (outcome, kind) {
        (Outcome::Unknown, _) => UNKNOWN,
        (_, ErrorKind::Invalid) => USAGE,
        (_, ErrorKind::Auth | ErrorKind::Permission) => 3,
        (_, ErrorKind::Throttled) => 5,
        // IAM did not answer us or the gateway, so the service did not receive the request.
        (_, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Server | ErrorKind::Protocol) => 6,
        (Outcome::Refused, _) | (Outcome::NoEffect, ErrorKind::NotFound | ErrorKind::Refused) => 4,
        (Outcome::NotSent | Outcome::NoEffect, _) => INTERNAL,
    }
}

/// How the run of a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunStatus {
    Completed,
    Unknown,
    /// Everything was sent, and the service refused some of it.
    Refused,
    Stopped,
    Interrupted,
}

impl RunStatus {
    /// The state of the items decides, not the error: a complete run can still have one, from the journal or from a
    /// batch that stayed unknown.
    pub(crate) fn of(summary: &Summary) -> Self {
        if summary.is_stopped() {
            Self::Interrupted
        } else if summary.counts().not_sent > 0 {
            Self::Stopped
        } else if summary.counts().refused > 0 {
            Self::Refused
        } else if summary.counts().unknown > 0 {
            Self::Unknown
        } else {
            Self::Completed
        }
    }

    /// The status in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The exit code of a list. A run that had no effect gets the code of its error, like a single call.
pub(crate) fn of_summary(summary: &Summary) -> u8 {
    match (RunStatus::of(summary), summary.error()) {
        (RunStatus::Completed, _) => 0,
        (RunStatus::Unknown, _) => UNKNOWN,
        (RunStatus::Interrupted, _) => INTERRUPTED,
        (_, Some(error)) if has_no_effect(summary) => of_error(error.kind(), error.outcome()),
        (RunStatus::Refused | RunStatus::Stopped, _) => RESUMABLE,
    }
}

fn has_no_effect(summary: &Summary) -> bool {
    let counts = summary.counts();
    counts.confirmed == 0 && counts.unknown == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_outcome_takes_precedence_over_the_kind() {
        for kind in [
            ErrorKind::Auth,
            ErrorKind::Throttled,
            ErrorKind::Connect,
            ErrorKind::Internal,
        ] {
            assert_eq!(of_error(kind, Outcome::Unknown), 7, "{kind:?}");
        }
    }

    #[test]
    fn each_kind_has_its_documented_code() {
        use {ErrorKind as Kind, Outcome::NotSent, Outcome::Refused};
        let table = [
            (Kind::Internal, NotSent, 1),
            (Kind::Invalid, NotSent, 2),
            (Kind::Auth, NotSent, 3),
            (Kind::Auth, Refused, 3),
            (Kind::Permission, Refused, 3),
            (Kind::NotFound, Refused, 4),
            (Kind::Refused, Refused, 4),
            (Kind::Throttled, Refused, 5),
            (Kind::Connect, NotSent, 6),
            (Kind::Timeout, NotSent, 6),
            (Kind::Server, NotSent, 6),
            (Kind::Protocol, NotSent, 6),
            (Kind::Server, Refused, 6),
            (Kind::Connect, Refused, 6),
        ];
        for (kind, outcome, expected) in table {
            assert_eq!(of_error(kind, outcome), expected, "{kind:?} {outcome:?}");
        }
    }
}
