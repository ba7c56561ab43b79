//! Exit codes.

use huaweicloud_hss::bulk::Summary;
use huaweicloud_hss::{ErrorKind, Outcome};

/// A fault of this program, or a result that could not be written.
pub(crate) const FAULT: u8 = 1;
/// Arguments that cannot be used.
pub(crate) const USAGE: u8 = 2;

/// The outcome is not known.
pub(crate) const UNKNOWN: u8 = 7;
/// A run of many batches ended before its end.
pub(crate) const RESUMABLE: u8 = 8;
/// Interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit code of a command that did not succeed.
///
/// | code | meaning |
/// |---|---|
/// | 1 | a fault of ours |
/// | 2 | usage, or a value outside its limits; nothing was sent |
/// | 3 | no credentials, authentication or permission |
/// | 4 | the service refused the request |
/// | 5 | throttled, after the tries allowed |
/// | 6 | not delivered: the service did not get the request |
/// | 7 | outcome unknown |
///
/// Doubt about the outcome stands above everything, because it alone forbids the caller to repeat blindly.
pub(crate) fn code(kind: ErrorKind, outcome: Outcome) -> u8 {
    match (outcome, kind) {
        (Outcome::Unknown, _) => UNKNOWN,
        (_, ErrorKind::Invalid) => USAGE,
        (_, ErrorKind::Auth | ErrorKind::Permission) => 3,
        (_, ErrorKind::Throttled) => 5,
        // IAM that fails is IAM that cannot be reached, by us or by the gateway: the service got nothing.
        (_, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Server | ErrorKind::Protocol) => 6,
        (Outcome::Refused, _) => 4,
        (Outcome::NotSent, _) => FAULT,
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunStatus {
    Completed,
    InDoubt,
    Stopped,
    Interrupted,
}

impl RunStatus {
    /// By where the batches stand. With nothing left to send, an error is the journal's, or that of a batch which was in
    /// doubt before and stays so.
    pub(crate) fn of(summary: &Summary) -> Self {
        if summary.is_stopped() {
            Self::Interrupted
        } else if !summary.is_complete() {
            Self::Stopped
        } else if summary.counts().unknown.batches > 0 {
            Self::InDoubt
        } else {
            Self::Completed
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::InDoubt => "in_doubt",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The exit code. A run that did nothing at all has the code of what kept it from that, as a single call has.
pub(crate) fn of_summary(summary: &Summary) -> u8 {
    match (RunStatus::of(summary), summary.error()) {
        (RunStatus::Completed, _) => 0,
        (RunStatus::InDoubt, _) => UNKNOWN,
        (RunStatus::Interrupted, _) => INTERRUPTED,
        (RunStatus::Stopped, Some(error)) if has_done_nothing(summary) => code(error.kind(), error.outcome()),
        (RunStatus::Stopped, _) => RESUMABLE,
    }
}

fn has_done_nothing(summary: &Summary) -> bool {
    let counts = summary.counts();
    counts.confirmed.batches == 0 && counts.unknown.batches == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_stands_above_the_kind() {
        for kind in [
            ErrorKind::Auth,
            ErrorKind::Throttled,
            ErrorKind::Connect,
            ErrorKind::Internal,
        ] {
            assert_eq!(code(kind, Outcome::Unknown), 7, "{kind:?}");
        }
    }

    #[test]
    fn each_kind_has_the_code_of_the_table() {
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
            assert_eq!(code(kind, outcome), expected, "{kind:?} {outcome:?}");
        }
    }
}
