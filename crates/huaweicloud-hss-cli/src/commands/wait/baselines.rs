//! The task as it was before each batch of a list.

use std::sync::{Mutex, PoisonError};

use huaweicloud_hss::Outcome;
use huaweicloud_hss::bulk::Event;
use huaweicloud_hss::reads::TaskState;

/// Which scans end last is known once the run has ended: those of the last batch that was not refused.
#[derive(Debug, Default)]
pub(crate) struct Baselines(Mutex<Vec<Sent>>);

#[derive(Debug)]
struct Sent {
    batch: usize,
    task: Option<TaskState>,
    may_have_started: bool,
}

impl Baselines {
    /// A batch is about to be sent.
    pub(crate) fn sending(&self, batch: usize, task: Option<TaskState>) {
        self.with(|sent| {
            sent.push(Sent {
                batch,
                task,
                may_have_started: false,
            })
        });
    }

    /// Whether no batch was sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.with(|sent| sent.is_empty())
    }

    /// Remembers which batches started scans, or may have.
    pub(crate) fn update(&self, event: &Event<'_>) {
        let started = match event {
            Event::Confirmed { batch, .. } => batch,
            Event::Failed { batch, error, .. } if error.outcome() == Outcome::Unknown => batch,
            _ => return,
        };
        self.with(|sent| {
            let mut latest = sent.iter_mut().rev();
            if let Some(sent) = latest.find(|sent| sent.batch == *started) {
                sent.may_have_started = true;
            }
        });
    }

    /// The task before the last batch that may have started scans, where that is known; `None` where no batch may have.
    pub(crate) fn last(&self) -> Option<Option<TaskState>> {
        self.with(|sent| {
            let mut latest = sent.iter().rev();
            latest.find(|sent| sent.may_have_started).map(|sent| sent.task.clone())
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vec<Sent>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
