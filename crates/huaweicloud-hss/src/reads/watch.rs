//! Whether what a task shows is the end that is waited for.
//!
//! The first answers after scans were repeated may still show the end before. So an end counts only after a change that the
//! repetition can have made.

use super::task_state::TaskState;

#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Whether a change of any kind counts, or only one that shows that scans began: where the task ran already, its end can
    /// be that of the scans before.
    any_change: bool,
    /// The latest answer.
    last: Option<TaskState>,
    has_begun: bool,
}

impl Watch {
    /// Waits for the end of scans that begin now; `before` is the task before that, where it could be read.
    pub(super) fn of_repetition(before: Option<TaskState>) -> Self {
        Self {
            any_change: before.as_ref().is_some_and(|before| !before.is_running()),
            last: before,
            has_begun: false,
        }
    }

    /// Waits for the end of whatever the task does.
    pub(super) fn of_task() -> Self {
        Self {
            any_change: true,
            last: None,
            has_begun: false,
        }
    }

    /// Scans that are waited for were seen elsewhere to run.
    pub(super) fn saw_running(&mut self) {
        (self.has_begun, self.any_change) = (true, true);
        if let Some(last) = &mut self.last {
            last.status = Some("running".to_owned());
        }
    }

    /// Whether the task has ended, now that an answer shows this.
    pub(super) fn observe(&mut self, now: &TaskState) -> bool {
        self.has_begun |= match &self.last {
            Some(last) if self.any_change => now.is_running() || changed(last, now),
            Some(last) => begins(last, now),
            None => self.any_change && now.is_running(),
        };
        self.last = Some(now.clone());
        self.has_begun && now.has_ended()
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }
}

/// Whether the task is another than before.
fn changed(before: &TaskState, now: &TaskState) -> bool {
    differ(before.start_time, now.start_time)
        || differ(before.end_time, now.end_time)
        || differ(before.success, now.success)
        || differ(before.failed, now.failed)
}

/// Whether scans began in between: scans that run end, and only new ones make the number of those that run grow, or take
/// one out of those that ended.
fn begins(before: &TaskState, now: &TaskState) -> bool {
    let grows = |before: Option<i32>, now: Option<i32>| before.zip(now).is_some_and(|(before, now)| now > before);
    (!before.is_running() && now.is_running())
        || differ(before.start_time, now.start_time)
        || grows(before.scanning, now.scanning)
        || grows(now.failed, before.failed)
        || grows(now.success, before.success)
}

/// Whether both are known, and not the same.
fn differ<T: PartialEq>(before: Option<T>, now: Option<T>) -> bool {
    before.zip(now).is_some_and(|(before, now)| before != now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(status: &str, scanning: i32, success: i32, failed: i32, end_time: i64) -> TaskState {
        TaskState {
            status: Some(status.to_owned()),
            scanning: Some(scanning),
            success: Some(success),
            failed: Some(failed),
            start_time: Some(1),
            end_time: Some(end_time),
        }
    }

    /// The number of the answer with which the wait ends.
    fn ends(mut watch: Watch, answers: &[TaskState]) -> Option<usize> {
        answers.iter().position(|answer| watch.observe(answer))
    }

    #[test]
    fn old_end_is_not_taken_for_the_new_one() {
        let old = state("finished", 0, 5, 3, 10);
        let watch = || Watch::of_repetition(Some(old.clone()));
        let stale = [old.clone(), old.clone()];
        assert_eq!(ends(watch(), &stale), None);
        let running = state("running", 3, 5, 0, 10);
        let new = state("finished", 0, 8, 0, 20);
        assert_eq!(ends(watch(), &[old.clone(), running.clone(), new.clone()]), Some(2));
        // The whole scan fell between two answers.
        assert_eq!(ends(watch(), &[old.clone(), new.clone()]), Some(1));
        // All failed again, and only the end time tells.
        assert_eq!(ends(watch(), &[old.clone(), state("finished", 0, 5, 3, 20)]), Some(1));
        // A member that an answer leaves out is no change.
        let less = TaskState {
            end_time: None,
            failed: None,
            ..old.clone()
        };
        assert_eq!(ends(watch(), &[less, old.clone()]), None);
        // Some are still being scanned, whatever the status says.
        assert_eq!(ends(watch(), &[running, state("finished", 1, 7, 0, 20)]), None);
    }

    #[test]
    fn end_of_scans_that_ran_before_is_not_enough() {
        let before = state("running", 100, 5, 3, 10);
        let watch = || Watch::of_repetition(Some(before.clone()));
        let end = state("finished", 0, 105, 3, 20);
        assert_eq!(
            ends(watch(), &[before.clone(), state("running", 40, 65, 3, 10), end.clone()]),
            None
        );
        // More run than before; some that had failed run again; the task runs again after its end.
        assert_eq!(ends(watch(), &[state("running", 103, 5, 0, 10), end.clone()]), Some(1));
        assert_eq!(ends(watch(), &[state("running", 63, 45, 0, 10), end.clone()]), Some(1));
        let again = [
            end.clone(),
            state("running", 3, 105, 0, 20),
            state("finished", 0, 108, 0, 30),
        ];
        assert_eq!(ends(watch(), &again), Some(2));
    }

    #[test]
    fn unknown_state_before_counts_as_one_that_ran() {
        let end = state("finished", 0, 8, 0, 20);
        let running = state("running", 3, 5, 0, 10);
        assert_eq!(ends(Watch::of_repetition(None), &[running.clone(), end.clone()]), None);
        assert_eq!(ends(Watch::of_repetition(None), &[end.clone(), running, end]), Some(2));
    }

    #[test]
    fn task_alone_ends_when_it_was_seen_to_run_or_to_change() {
        let end = state("finished", 0, 8, 0, 20);
        assert_eq!(
            ends(Watch::of_task(), &[state("ready", 0, 5, 3, 10), end.clone()]),
            Some(1)
        );
        assert_eq!(ends(Watch::of_task(), &[end.clone(), end.clone()]), None);
        assert_eq!(ends(Watch::of_task(), &[end, state("finished", 0, 7, 1, 30)]), Some(1));
        let other = TaskState {
            status: Some("paused".to_owned()),
            ..TaskState::default()
        };
        assert_eq!(ends(Watch::of_task(), &[state("running", 1, 0, 0, 0), other]), None);
    }
}
