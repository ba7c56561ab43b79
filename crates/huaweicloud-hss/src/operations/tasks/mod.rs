//! The operations that read tasks. Each has one file.

mod list_task_resources;
mod list_tasks;
mod list_vul_scan_task;
mod list_vul_scan_task_host;
mod page;

pub use list_task_resources::ListTaskResources;
pub use list_tasks::ListTasks;
pub use list_vul_scan_task::ListVulScanTask;
pub use list_vul_scan_task_host::ListVulScanTaskHost;
pub use page::{ListOperation, Page};
