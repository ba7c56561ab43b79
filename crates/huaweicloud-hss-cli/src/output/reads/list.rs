//! A list that was read.

use huaweicloud_hss::auth::sanitize;
use serde::Serialize;

use crate::output::json;
use crate::output::table::fitted;
use crate::output::words::count;

use super::item::Item;
use super::task::Task;

/// Whether a list was read whole.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Whole {
    pub(crate) total: Option<u64>,
    pub(crate) unreadable: usize,
    pub(crate) complete: bool,
}

pub(crate) fn tasks_text(tasks: &[Task], width: Option<usize>) -> String {
    if tasks.is_empty() {
        return "no tasks".to_owned();
    }
    let rows: Vec<_> = tasks.iter().map(|task| escaped(task.cells())).collect();
    fitted(Task::columns(), &rows, width)
}

pub(crate) fn servers_text(items: &[Item], width: Option<usize>) -> String {
    if items.is_empty() {
        return "no servers".to_owned();
    }
    let rows: Vec<_> = items.iter().map(|item| escaped(item.server_cells())).collect();
    format!(
        "{}{}",
        fitted(Item::server_columns(), &rows, width),
        count(items.len(), "server", "servers")
    )
}

pub(crate) fn clusters_text(items: &[Item], width: Option<usize>) -> String {
    if items.is_empty() {
        return "no clusters".to_owned();
    }
    let rows: Vec<_> = items.iter().flat_map(Item::cluster_cells).map(escaped).collect();
    format!(
        "{}{}",
        fitted(Item::cluster_columns(), &rows, width),
        count(items.len(), "cluster", "clusters")
    )
}

fn escaped<const N: usize>(cells: [String; N]) -> [String; N] {
    cells.map(|cell| sanitize::escape_line(&cell))
}

pub(crate) fn tasks_json(tasks: &[Task], whole: Whole) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        tasks: &'a [Task],
        #[serde(flatten)]
        whole: Whole,
    }
    json::to_line(&Object { tasks, whole })
}

pub(crate) fn items_json(operation: &str, task_id: &str, items: &[Item], whole: Whole) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        operation: &'a str,
        task_id: &'a str,
        items: &'a [Item],
        #[serde(flatten)]
        whole: Whole,
    }
    json::to_line(&Object {
        operation,
        task_id,
        items,
        whole,
    })
}
