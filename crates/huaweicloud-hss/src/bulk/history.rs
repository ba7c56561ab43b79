//! What a journal says about the items of a task.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::item_state::ItemState;
use super::items::Item;
use super::journal::record::{Record, RecordState};
use super::plan::Plan;

/// The time after which a send without a recorded end is taken to have ended: longer than a call takes by default. If calls
/// may take longer and the run is killed, one request of the last minute may not be counted.
const LONGEST_CALL: SignedDuration = SignedDuration::from_secs(60);

/// An item that the plan does not have: the id and the scan item.
pub(super) type OtherItem = (Box<str>, Option<Box<str>>);

/// The states of items by the lines of a journal.
///
/// A run opens with its first send and closes with a line of its own, which names the items that were not in the list
/// at hand: they stay as they are. All others are set apart from the next run once that opens.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The items of the plan.
    pub(super) states: Vec<ItemState>,
    /// All others.
    pub(super) others: HashMap<OtherItem, ItemState>,
    /// The time at which each send ended, the oldest first.
    pub(super) ended: Vec<Timestamp>,
    pub(super) last_run: Option<LastRun>,
    /// When the last run began that has closed and was set apart.
    pub(super) last_closed: Option<Timestamp>,
    /// The items that stay as they are when the last run is set apart.
    kept: Vec<Key>,
    /// The sends without a result so far, by the number of their line.
    pending: BTreeMap<u64, (Timestamp, Vec<Key>)>,
}

/// When a run began, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastRun {
    pub(super) began: Timestamp,
    state: RunState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunState {
    Open,
    Closed,
    /// Closed, and its items are set apart.
    Apart,
}

#[derive(Debug)]
enum Key {
    OfPlan(usize),
    Other(OtherItem),
}

impl History {
    /// No send, for the items of this plan.
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            states: vec![ItemState::NotSent; plan.items()],
            ..Self::default()
        }
    }

    /// Reads the next line. `plan` is the one that the history was made for, if any.
    pub(super) fn read(&mut self, record: &Record<'_>, plan: Option<&Plan>) -> Result<(), &'static str> {
        match (record.state, record.state.end()) {
            (RecordState::Closed, _) => {
                self.set_closed_apart();
                let run = self.last_run.as_mut().ok_or("there is no run to close")?;
                run.state = RunState::Closed;
                self.kept = record.items().map(|item| key(item, plan)).collect();
            }
            (RecordState::Failed, _) => {
                let items = record.items().map(|item| key(item, plan));
                items.for_each(|key| self.change(&key, ItemState::failed));
            }
            (_, None) => {
                self.begin_send(record.at);
                let keys: Vec<Key> = record.items().map(|item| key(item, plan)).collect();
                keys.iter().for_each(|key| self.change(key, ItemState::sending));
                self.pending.insert(record.n, (record.at, keys));
            }
            (_, Some(end)) => {
                let begun = record.of.and_then(|number| self.pending.remove(&number));
                let (_, keys) = begun.ok_or("it is the result of no send")?;
                keys.iter().for_each(|key| self.change(key, |state| state.ended(end)));
                self.ended.push(record.at);
            }
        }
        Ok(())
    }

    /// The lines end here: sends without a result were under way when the process ended.
    pub(super) fn finish(&mut self) {
        let now = Timestamp::now();
        for (begun, _) in std::mem::take(&mut self.pending).into_values() {
            self.ended.push(begun.saturating_add(LONGEST_CALL).unwrap_or(now));
        }
        self.ended.iter_mut().for_each(|ended| *ended = (*ended).min(now));
        // Several batches can be in flight at once; the journal has them in the order of their results.
        self.ended.sort_unstable();
    }

    /// Whether a run is open.
    pub(super) fn is_open(&self) -> bool {
        self.last_run.is_some_and(|run| run.state == RunState::Open)
    }

    /// Sets the items of a closed run apart from those of the next one.
    pub(super) fn set_closed_apart(&mut self) {
        let Some(run) = self.last_run.as_mut().filter(|run| run.state == RunState::Closed) else {
            return;
        };
        run.state = RunState::Apart;
        self.last_closed = Some(run.began);
        let kept: Vec<(Key, ItemState)> = std::mem::take(&mut self.kept)
            .into_iter()
            .map(|key| {
                let state = self.state(&key);
                (key, state)
            })
            .collect();
        self.states.iter_mut().for_each(|state| *state = state.closed());
        self.others.values_mut().for_each(|state| *state = state.closed());
        kept.iter().for_each(|(key, kept)| self.change(key, |_| *kept));
    }

    /// The items that the plan does not have and that are started, or may be: a run that closes leaves them as they are.
    pub(super) fn started_others(&self) -> Vec<OtherItem> {
        let started = self.others.iter().filter(|(_, state)| state.is_started());
        started.map(|(item, _)| item.clone()).collect()
    }

    /// A first cluster of the plan that the open run has started in another way: as a whole where the plan names scan
    /// items, or the other way round.
    pub(super) fn cluster_started_otherwise<'a>(&self, plan: &'a Plan) -> Option<Item<'a>> {
        let mut started: HashMap<&str, bool> = HashMap::new();
        for ((id, scan_type), _) in self.others.iter().filter(|(_, state)| state.is_started()) {
            *started.entry(id).or_default() |= scan_type.is_none();
        }
        let mut items = plan.iter();
        items.find(|item| {
            started
                .get(item.id())
                .is_some_and(|whole| *whole || item.scan_type().is_none())
        })
    }

    fn begin_send(&mut self, at: Timestamp) {
        if !self.is_open() {
            self.set_closed_apart();
            self.last_run = Some(LastRun {
                began: at,
                state: RunState::Open,
            });
        }
    }

    fn state(&self, key: &Key) -> ItemState {
        let state = match key {
            Key::OfPlan(index) => self.states.get(*index),
            Key::Other(item) => self.others.get(item),
        };
        state.copied().unwrap_or(ItemState::NotSent)
    }

    fn change(&mut self, key: &Key, change: impl Fn(ItemState) -> ItemState) {
        let state = match key {
            Key::OfPlan(index) => self.states.get_mut(*index),
            Key::Other(item) => Some(self.others.entry(item.clone()).or_insert(ItemState::NotSent)),
        };
        if let Some(state) = state {
            *state = change(*state);
        }
    }
}

fn key(item: Item<'_>, plan: Option<&Plan>) -> Key {
    match plan.and_then(|plan| plan.position(item)) {
        Some(index) => Key::OfPlan(index),
        None => Key::Other(key_of(item)),
    }
}

pub(super) fn key_of(item: Item<'_>) -> OtherItem {
    (item.id().into(), item.scan_type().map(Into::into))
}
