//! The operations of the service.

pub(crate) mod accepted;
pub(crate) mod recreate_vul_scan_task;
pub(crate) mod retry_task;
