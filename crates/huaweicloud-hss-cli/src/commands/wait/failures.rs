//! What still fails of that which was asked for, once a task has ended.

use std::collections::{HashMap, HashSet};

use clap::ValueEnum;
use huaweicloud_hss::bulk::Pace;
use huaweicloud_hss::raw::tasks::types::ScanStatusFilter;
use huaweicloud_hss::reads::{All, TaskKind};
use huaweicloud_hss::{Error, ErrorKind, ListOperation, Outcome, Request};

use crate::args::reads::ScanStatus;
use crate::commands::listing::{Reader, unreadable};
use crate::context::Context;
use crate::output::reads::item::Item;

/// What was asked for.
pub(crate) enum Asked {
    /// The whole task.
    All,
    Servers(HashSet<String>),
    /// Clusters, each with its scan items, or without any for all of them.
    Clusters(HashMap<String, Vec<String>>),
}

impl Asked {
    /// Whether a row of the list of failures is about something that was asked for. That it is in this list counts, whatever
    /// its own members say: of a cluster, only scan items that succeeded do not fail.
    fn has_failed(&self, item: &Item) -> bool {
        match self {
            Self::Clusters(clusters) => clusters
                .get(&item.id)
                .is_some_and(|scans| scans.is_empty() || !item.has_succeeded_in(scans)),
            _ => self.has(item),
        }
    }

    fn has(&self, item: &Item) -> bool {
        match self {
            Self::All => true,
            Self::Servers(ids) => ids.contains(&item.id),
            Self::Clusters(clusters) => clusters.contains_key(&item.id),
        }
    }
}

/// Reads the lists of a task.
pub(super) struct Failures<'a> {
    context: &'a Context<'a>,
    kind: TaskKind,
    task_id: String,
    pace: Option<Pace>,
    /// Parts of rows that could not be read.
    pub(super) unreadable: usize,
}

impl<'a> Failures<'a> {
    pub(super) fn new(context: &'a Context<'a>, kind: TaskKind, task_id: &str, pace: Option<Pace>) -> Self {
        Self {
            context,
            kind,
            task_id: task_id.to_owned(),
            pace,
            unreadable: 0,
        }
    }

    /// What failed of that which was asked for; `None` where some of it is still being scanned. `by_task` is the number that
    /// the task itself gives.
    pub(super) async fn read(&mut self, asked: &Asked, by_task: Option<i32>) -> Result<Option<Vec<Item>>, Error> {
        let client = self.context.client.clone();
        let (scanning, failed) = match self.kind {
            TaskKind::Servers => {
                let all = client.vul_scan_task_hosts(&self.task_id);
                self.not_successful(&all, |status| all.clone().status(status)).await?
            }
            TaskKind::Clusters => {
                let all = client.task_resources(&self.task_id);
                self.not_successful(&all, |status| all.clone().status(status)).await?
            }
        };
        if scanning.iter().any(|item| asked.has(item)) {
            return Ok(None);
        }
        if let (Some(number @ 1..), true) = (by_task, failed.is_empty()) {
            let message = format!("the task says that {number} failed, and its list has none that did");
            return Err(Error::builder(ErrorKind::Protocol, Outcome::NoEffect, message).build());
        }
        Ok(Some(failed.into_iter().filter(|item| asked.has_failed(item)).collect()))
    }

    /// The rows of scans that run and of those that failed. All others must be of scans that succeeded.
    async fn not_successful<O>(
        &mut self,
        all: &Request<O>,
        with: impl Fn(ScanStatusFilter) -> Request<O>,
    ) -> Result<(Vec<Item>, Vec<Item>), Error>
    where
        O: ListOperation,
        Item: From<O::Row>,
    {
        let (mut scanning, mut failed, mut successful) = (Vec::new(), Vec::new(), 0);
        for status in ScanStatus::value_variants() {
            let rows = with((*status).into());
            match status {
                ScanStatus::Scanning => scanning = self.items(rows).await?,
                ScanStatus::Failed => failed = self.items(rows).await?,
                ScanStatus::Success => successful = self.total(rows).await?,
            }
        }
        let rows = self.total(all.clone()).await?;
        match rows.abs_diff(successful + (scanning.len() + failed.len()) as u64) {
            // Scans that run are waited for, and can end between two answers.
            0 => Ok((scanning, failed)),
            _ if !scanning.is_empty() => Ok((scanning, failed)),
            others => {
                let message = format!("rows of the list that are neither of a success nor of a failure: {others}");
                Err(Error::builder(ErrorKind::Protocol, Outcome::NoEffect, message).build())
            }
        }
    }

    /// The number of rows by the service.
    async fn total<O: ListOperation>(&self, request: Request<O>) -> Result<u64, Error> {
        let mut listing = Reader::new(self.context, self.pace).listing(request);
        listing.next_page().await?;
        let none = "the service does not say how many rows the list has";
        let error = || Error::builder(ErrorKind::Protocol, Outcome::NoEffect, none).build();
        listing.total().ok_or_else(error)
    }

    async fn items<O>(&mut self, request: Request<O>) -> Result<Vec<Item>, Error>
    where
        O: ListOperation,
        Item: From<O::Row>,
    {
        let reader = Reader::new(self.context, self.pace);
        let mut listing = reader.listing(request);
        let mut rows = Vec::new();
        while let Some(page) = listing.next_page().await? {
            reader.note_time(&listing, rows.is_empty());
            rows.extend(page);
        }
        let all: All<O::Row> = All::new(rows, listing.unreadable(), listing.total());
        let complete = all.complete();
        let items: Vec<Item> = all.rows.into_iter().map(Item::from).collect();
        let parts = items.iter().map(|item| item.unreadable).sum();
        self.unreadable += all.unreadable + parts;
        complete?;
        match parts {
            0 => Ok(items),
            parts => Err(unreadable(parts)),
        }
    }
}
