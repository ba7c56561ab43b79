//! The operations that list tasks and what they scan.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::page::{Page, Query, shuffle};
use super::refusal::Refusal;
use super::rows::{RowMaker, scan_types};
use super::scan::{Scanned, Task, in_order};
use super::state::{ServiceCall, State, no_task};

impl State {
    /// The content of the answer of an operation that lists.
    pub(super) fn list(&mut self, call: &ServiceCall<'_>, now: Instant) -> Result<Option<Value>, Refusal> {
        let rows = RowMaker {
            start: self.start,
            scan_time: self.options.scan_time,
            now,
        };
        let order = self.options.unstable_order.then_some(self.lists);
        self.lists += 1;
        match call.operation {
            "listVulScanTask" => self.vulnerability_scan_tasks(call, rows, order),
            "listVulScanTaskHost" => self.hosts_of_task(call, rows, order),
            "listTasks" => self.cluster_scan_tasks(call, rows, order),
            "listTaskResources" => self.clusters_of_task(call, rows, order),
            _ => return Ok(None),
        }
        .map(Some)
    }

    fn vulnerability_scan_tasks(
        &mut self,
        call: &ServiceCall<'_>,
        rows: RowMaker,
        order: Option<u64>,
    ) -> Result<Value, Refusal> {
        let query = Query(call.query);
        let (min, max) = (query.parsed("min_start_time"), query.parsed("max_start_time"));
        let mut found = newest_first(self.hosts.iter().filter(|(id, task)| {
            query.text("task_id").is_none_or(|wanted| wanted == *id)
                && query
                    .text("scan_type")
                    .is_none_or(|wanted| wanted == task.trigger.as_str())
                && min.is_none_or(|min: i64| task.started >= min)
                && max.is_none_or(|max: i64| task.started <= max)
        }));
        if let Some(number) = order {
            shuffle(&mut found, number);
        }
        let total = found.len();
        let page = Page::of(&query)?.cut(found);
        let list: Vec<Value> = page
            .iter()
            .map(|(id, task)| rows.vulnerability_scan_task(id, task))
            .collect();
        let ids: Vec<String> = page.into_iter().map(|(id, _)| id.clone()).collect();
        for id in &ids {
            self.hosts.entry(id.clone()).and_modify(Task::was_shown);
        }
        Ok(json!({ "total_num": total, "data_list": list }))
    }

    fn hosts_of_task(&mut self, call: &ServiceCall<'_>, rows: RowMaker, order: Option<u64>) -> Result<Value, Refusal> {
        let query = Query(call.query);
        let page = Page::of(&query)?;
        let Some(task) = self.hosts.get_mut(call.task) else {
            return self.nothing_of_an_unknown_task("data_list");
        };
        let wanted = query.text("scan_status");
        let mut found = in_order(task.shown());
        found.retain(|(_, held)| wanted.is_none_or(|wanted| wanted == rows.state(held.progress).as_str()));
        if let Some(number) = order {
            shuffle(&mut found, number);
        }
        let total = found.len();
        let list: Vec<Value> = page
            .cut(found)
            .into_iter()
            .map(|(id, held)| rows.host(id, held))
            .collect();
        task.was_shown();
        Ok(json!({ "total_num": total, "data_list": list }))
    }

    fn cluster_scan_tasks(
        &mut self,
        call: &ServiceCall<'_>,
        rows: RowMaker,
        order: Option<u64>,
    ) -> Result<Value, Refusal> {
        let body = call.body;
        let text = |name: &str| body[name].as_str();
        let (min, max) = (body["start_create_time"].as_i64(), body["end_create_time"].as_i64());
        let items = body
            .pointer("/cluster_scan_info/scan_type_list")
            .and_then(Value::as_array);
        let mut found = newest_first(self.clusters.iter().filter(|(id, task)| {
            let has = |item: &Value| item.as_str().is_some_and(|item| scan_types(task).contains(&item));
            text("task_type") == Some("cluster_scan")
                && text("task_id").is_none_or(|wanted| wanted == *id)
                && text("task_name").is_none_or(|part| task.name.as_ref().unwrap_or(id).contains(part))
                && text("trigger_type").is_none_or(|wanted| wanted == task.trigger.as_str())
                && text("task_status").is_none_or(|wanted| wanted == rows.status(task))
                && min.is_none_or(|min| task.started >= min)
                && max.is_none_or(|max| task.started <= max)
                && items.into_iter().flatten().all(has)
        }));
        if let Some(number) = order {
            shuffle(&mut found, number);
        }
        if text("sort_key") == Some("start_time") {
            match text("sort_dir") {
                Some("desc") => found.sort_by_key(|(_, task)| std::cmp::Reverse(task.started)),
                _ => found.sort_by_key(|(_, task)| task.started),
            }
        }
        let total = found.len();
        let page = Page::of(&Query(call.query))?.cut(found);
        let list: Vec<Value> = page.iter().map(|(id, task)| rows.cluster_scan_task(id, task)).collect();
        let ids: Vec<String> = page.into_iter().map(|(id, _)| id.clone()).collect();
        for id in &ids {
            self.clusters.entry(id.clone()).and_modify(Task::was_shown);
        }
        Ok(json!({ "total_num": total, "data_list": list }))
    }

    fn clusters_of_task(
        &mut self,
        call: &ServiceCall<'_>,
        rows: RowMaker,
        order: Option<u64>,
    ) -> Result<Value, Refusal> {
        let page = Page::of(&Query(call.query))?;
        if call.body["task_type"] != "cluster_scan" {
            return Ok(json!({ "total_num": 0, "iac_scan_data_list": [] }));
        }
        let Some(task) = self.clusters.get_mut(call.task) else {
            return self.nothing_of_an_unknown_task("cluster_scan_data_list");
        };
        let text = |name: &str| call.body["cluster_scan_info"][name].as_str();
        let mut found = in_order(task.shown());
        found.retain(|(id, held)| {
            // Every cluster has its id as its name, and is of one type.
            text("cluster_id").is_none_or(|wanted| wanted == *id)
                && text("cluster_name").is_none_or(|wanted| wanted == *id)
                && text("cluster_type").is_none_or(|wanted| wanted == "cce")
                && text("scan_status").is_none_or(|wanted| wanted == rows.cluster_state(held).as_str())
        });
        if let Some(number) = order {
            shuffle(&mut found, number);
        }
        let total = found.len();
        let page = page.cut(found).into_iter();
        let list: Vec<Value> = page.map(|(id, held)| rows.cluster(id, held, task)).collect();
        task.was_shown();
        Ok(json!({ "total_num": total, "cluster_scan_data_list": list }))
    }

    fn nothing_of_an_unknown_task(&self, list: &str) -> Result<Value, Refusal> {
        if self.options.any_task {
            return Ok(json!({ "total_num": 0, list: [] }));
        }
        Err(no_task())
    }
}

/// Tasks by their start, the latest first; of those that started at once, the one that came to be last.
fn newest_first<'s, T: Scanned + 's>(
    tasks: impl Iterator<Item = (&'s String, &'s Task<T>)>,
) -> Vec<(&'s String, &'s Task<T>)> {
    let mut tasks: Vec<_> = tasks.collect();
    tasks.sort_by_key(|(_, task)| std::cmp::Reverse((task.started, task.number)));
    tasks
}
