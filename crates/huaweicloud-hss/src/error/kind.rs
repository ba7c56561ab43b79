//! What went wrong, and whether the service may have acted.

use crate::names::names;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is outside its limits; nothing was sent.
    Invalid,
    /// The token or the access key is missing, wrong or expired.
    Auth,
    /// The caller is known but may not do this.
    Permission,
    /// The task, host, cluster or API does not exist.
    NotFound,
    /// The service refused the request for another reason.
    Refused,
    /// Too many calls.
    Throttled,
    /// The connection could not be made, or it broke.
    Connect,
    /// The time limit passed.
    Timeout,
    /// The response is not the service's.
    Protocol,
    /// The service failed.
    Server,
    /// A fault of this crate.
    Internal,
}

/// Whether the service may have acted on a call that failed. Ordered by how much may have happened, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// No complete request left this machine. The call can be repeated.
    NotSent,
    /// The service, or the gateway before it, answered that it did not act. The call can be repeated once the reason is
    /// gone.
    Refused,
    /// The call only reads, so it changed nothing whatever became of it. It can be repeated.
    NoEffect,
    /// The service may have acted: no response came, or one that does not say. Repeating the call may start the work
    /// twice.
    Unknown,
}

names!(ErrorKind, "error kind", {
    Invalid => "invalid",
    Auth => "auth",
    Permission => "permission",
    NotFound => "not_found",
    Refused => "refused",
    Throttled => "throttled",
    Connect => "connect",
    Timeout => "timeout",
    Protocol => "protocol",
    Server => "server",
    Internal => "internal",
});

names!(Outcome, "outcome", {
    NotSent => "not_sent",
    Refused => "refused",
    NoEffect => "no_effect",
    Unknown => "unknown",
});
