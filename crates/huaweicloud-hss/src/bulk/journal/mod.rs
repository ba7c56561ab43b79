//! The file that says where a task stands.
//!
//! A journal is JSON lines that are only appended: a header, then a line before each send and one with its result, each
//! synced before the run goes on. While requests are in flight, the file ends with NUL bytes: the space of their
//! results, so that a full disk is found before a send.
//!
//! What a crash can leave, and what it means:
//! - NUL bytes, or the begin of a line, at the end: the line was not written to its end. If it was about a send, that
//!   had not begun; if it was a result, the outcome is unknown.
//! - a send without a result: its outcome is unknown.
//!
//! Everything else that does not check out is damage, and such a journal is refused. What was cut off at the end of a
//! line cannot be noticed.

#[cfg(feature = "tasks")]
mod failed;
mod header;
mod line;
pub(super) mod record;
pub(super) mod status;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use huaweicloud_auth::sanitize;
use jiff::Timestamp;

pub(super) use self::header::Header;
pub(super) use self::line::Chain;
use self::record::{RESULT, Record, RecordState};
use super::history::{History, OtherItem};
use super::items::Item;
use super::plan::Plan;
use crate::accepted::Accepted;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::operations::OperationId;

/// The maximum length of a line in bytes, more than any request body.
const LINE: u64 = 64 * 1024 * 1024;

/// The maximum length of the first line: a foreign file can be of any size.
const FIRST_LINE: u64 = 64 * 1024;

/// How often a file that was replaced while it was opened is opened again.
const OPENED: usize = 10;

/// A journal that only this process writes to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    chain: Chain,
    /// The number of the last line.
    last: u64,
    /// The end of the last line.
    end: u64,
    /// The batches in flight, and the numbers of their lines.
    in_flight: Vec<(usize, u64)>,
    /// What begins anew with the next send.
    anew: Option<Anew>,
    /// Why the folder could not be synced.
    pub(super) not_synced: Option<io::Error>,
}

/// A journal that begins anew: its first line, and the items that stay unknown.
#[derive(Debug)]
struct Anew {
    header: Header,
    unknown: Vec<OtherItem>,
}

impl Journal {
    /// Opens the journal of a task, or creates it, and reads it into the history of the plan.
    pub(super) fn open(path: &Path, header: &Header, plan: &Plan) -> Result<(Self, History), Error> {
        let mut journal = Self::of(path, lock(path)?);
        let mut history = History::of(plan);
        if journal.is_unbegun(header)? {
            journal
                .begin(header)
                .map_err(|error| journal.cannot("written", error))?;
            return Ok((journal, history));
        }
        let theirs = journal.read(|record| history.read(record, Some(plan)))?;
        history.finish();
        if let Some(difference) = header.difference(&theirs) {
            let error = unusable(path, &format!("it is about something else: {difference}"));
            return Err(error.with_hint("name another journal").build());
        }
        journal.mend_end().map_err(|error| journal.cannot("written", error))?;
        Ok((journal, history))
    }

    fn of(path: &Path, file: File) -> Self {
        Self {
            path: path.to_owned(),
            file,
            chain: Chain::default(),
            last: 0,
            end: 0,
            in_flight: Vec::new(),
            anew: None,
            not_synced: None,
        }
    }

    /// Whether the file is empty, or has no more than what a crash left of its first line: then nothing was sent.
    fn is_unbegun(&self, header: &Header) -> Result<bool, Error> {
        let mut bytes = Vec::new();
        let read = (&self.file).take(FIRST_LINE).read_to_end(&mut bytes);
        read.and_then(|_| (&self.file).rewind())
            .map_err(|error| self.cannot("read", error))?;
        let is_whole = bytes.len() as u64 == FIRST_LINE;
        let line = Chain::default().seal(header);
        // The line alone, without its line feed, is a journal.
        let begin = line.get(..line.len() - 2).unwrap_or_default();
        Ok(!is_whole && begin.starts_with(without_space(&bytes)))
    }

    /// Writes the first line.
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        let line = self.chain.seal(header);
        self.file.set_len(0)?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // An empty file is better than a part of a line.
            let _ = self.file.set_len(0);
            return Err(error);
        }
        self.end = line.len() as u64;
        self.not_synced = sync_folder(&self.path).err();
        Ok(())
    }

    /// Cuts off what is behind the last line, and ends that with a line feed where a tool took it away.
    fn mend_end(&mut self) -> io::Result<()> {
        let mut last = [0];
        self.file.seek(SeekFrom::Start(self.end - 1))?;
        self.file.read_exact(&mut last).or_else(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Ok(()),
            _ => Err(error),
        })?;
        if last == *b"\n" && self.file.metadata()?.len() == self.end {
            return Ok(());
        }
        self.file.set_len(self.end - 1)?;
        self.file.seek(SeekFrom::Start(self.end - 1))?;
        self.file.write_all(b"\n")?;
        self.file.sync_all()
    }

    /// Reads every line. Gives the first.
    fn read(&mut self, mut each: impl FnMut(&Record<'_>) -> Result<(), &'static str>) -> Result<Header, Error> {
        let mut reader = BufReader::new(&self.file);
        let (mut line, mut header) = (Vec::new(), None);
        loop {
            line.clear();
            let limit = if header.is_some() { LINE } else { FIRST_LINE };
            let read = reader.by_ref().take(limit).read_until(b'\n', &mut line);
            read.map_err(|error| cannot(&self.path, "read", error))?;
            let is_behind_header = header.is_some();
            let damaged = |why: &str| {
                // Records are numbered from 1, behind the first line.
                let line = self.last + 1 + u64::from(is_behind_header);
                let message = format!("it is damaged at line {line}: {why}");
                unusable(&self.path, &message)
                    .with_hint("look at the task to see what was started, then remove the journal or name another one")
                    .build()
            };
            let is_line = line.pop_if(|byte| *byte == b'\n').is_some();
            if !is_line {
                line.truncate(without_space(&line).len());
            }
            match &mut header {
                None => {
                    let theirs = Header::parse(&line).map_err(|reason| unusable(&self.path, &reason).build())?;
                    if !self.chain.accept(&line) {
                        return Err(damaged("its checksum is wrong"));
                    }
                    header = Some(theirs);
                }
                Some(_) if line.is_empty() && !is_line => break,
                Some(_) if self.chain.accept(&line) => {
                    let record: Record<'_> = serde_json::from_slice(&line).map_err(|_| damaged("it is not known"))?;
                    if record.n != self.last + 1 {
                        return Err(damaged("its number is wrong"));
                    }
                    each(&record).map_err(damaged)?;
                    self.last = record.n;
                }
                Some(_) if is_line || self.chain.accepts_begin_of(&line) => {
                    return Err(damaged("its checksum is wrong"));
                }
                Some(_) => break,
            }
            self.end += line.len() as u64 + 1;
            if !is_line {
                break;
            }
        }
        header.ok_or_else(|| unusable(&self.path, "it is empty").build())
    }

    /// Begins anew with the next send, in a journal in which these items are unknown.
    pub(super) fn begin_anew(&mut self, header: Header, unknown: Vec<OtherItem>) {
        self.anew = Some(Anew { header, unknown });
    }

    /// Sets this journal aside under a name with its time, and begins a new one.
    fn set_aside(&mut self, Anew { header, unknown }: &Anew) -> Result<(), Error> {
        let name = |suffix: &str| {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        let (new, aside) = (name(".new"), name(&format!(".{}", now_in_name())));
        let _ = std::fs::remove_file(&new);
        let mut journal = Self::of(&self.path, lock(&new)?);
        let replaced = journal.begin(header).and_then(|()| {
            if !unknown.is_empty() {
                let operation = header.operation.parse().map_err(io::Error::other)?;
                let unknown = unknown
                    .iter()
                    .map(|(id, scan_type)| Item::new(id, scan_type.as_deref()));
                journal.append_sending(operation, unknown, 0)?;
            }
            // Until the new file has the name, the old one has it: a crash leaves one of the two.
            std::fs::hard_link(&self.path, &aside).or_else(|_| std::fs::copy(&self.path, &aside).map(drop))?;
            std::fs::rename(&new, &self.path)
        });
        replaced.map_err(|error| {
            let _ = std::fs::remove_file(&new);
            journal.cannot("set aside", error)
        })?;
        journal.not_synced = sync_folder(&self.path).err();
        *self = journal;
        Ok(())
    }

    /// Records that a batch is about to be sent. Only after this returns may it be sent.
    pub(super) fn sending(&mut self, batch: usize, plan: &Plan, items: &[usize]) -> Result<(), Error> {
        if !is_at(&self.path, &self.file, self.end) {
            let message = "it was changed, removed or replaced while the run went on";
            return Err(unusable(&self.path, message).build());
        }
        if let Some(anew) = self.anew.take() {
            self.set_aside(&anew)?;
        }
        let reserved = (self.in_flight.len() + 1) * RESULT;
        let items = items.iter().filter_map(|index| plan.item(*index));
        let number = self
            .append_sending(plan.operation(), items, reserved)
            .map_err(|error| {
                let hint = hint_of(&error);
                self.unwritable(Outcome::NotSent, error).with_hint(hint).build()
            })?;
        self.in_flight.push((batch, number));
        Ok(())
    }

    fn append_sending<'a>(
        &mut self,
        operation: OperationId,
        items: impl Iterator<Item = Item<'a>>,
        reserved: usize,
    ) -> io::Result<u64> {
        let number = self.last + 1;
        let record = Record::with_items(number, RecordState::Sending, operation, items);
        self.append(&record, reserved)?;
        Ok(number)
    }

    /// Records the result of a batch. If this fails, the batch was sent all the same, and is unknown by the journal.
    pub(super) fn ended(&mut self, batch: usize, result: &Result<Accepted, Error>) -> Result<(), Error> {
        let Some(index) = self.in_flight.iter().position(|(in_flight, _)| *in_flight == batch) else {
            return Ok(());
        };
        let (_, number) = self.in_flight.swap_remove(index);
        let record = Record::ended(self.last + 1, number, result);
        self.append(&record, 0).map_err(|error| {
            let hint = format!(
                "batch {} was sent, but its result is not in the journal, so its outcome counts as unknown; {}",
                batch + 1,
                hint_of(&error)
            );
            self.unwritable(Outcome::Unknown, error).with_hint(hint).build()
        })
    }

    /// Records that every item of the list at hand is confirmed. These other items stay as they are.
    pub(super) fn close(&mut self, operation: OperationId, mut kept: Vec<OtherItem>) -> Result<(), Error> {
        kept.sort_unstable();
        let kept = kept.iter().map(|(id, scan_type)| Item::new(id, scan_type.as_deref()));
        let record = Record::with_items(self.last + 1, RecordState::Closed, operation, kept);
        let closed = self.append(&record, 0).and_then(|()| self.file.set_len(self.end));
        closed.map_err(|error| {
            let hint = hint_of(&error);
            self.unwritable(Outcome::NotSent, error).with_hint(hint).build()
        })
    }

    /// Writes a line behind the last one, and NUL bytes behind it.
    fn append(&mut self, record: &Record<'_>, reserved: usize) -> io::Result<()> {
        let mut chain = self.chain.clone();
        let mut bytes = chain.seal(record);
        let length = bytes.len() as u64;
        if length > LINE {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a batch has more than 64 MiB of ids",
            ));
        }
        bytes.resize(bytes.len() + reserved, 0);
        self.file.seek(SeekFrom::Start(self.end))?;
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // A part of a line means nothing; this only tidies the file.
            let _ = self.file.set_len(self.end);
            return Err(error);
        }
        (self.chain, self.last) = (chain, record.n);
        self.end += length;
        Ok(())
    }

    fn unwritable(&self, outcome: Outcome, error: io::Error) -> ErrorBuilder {
        let path = sanitize::escape_message(&self.path.to_string_lossy());
        let message = format!("journal {path}: it cannot be written");
        ErrorBuilder::new(ErrorKind::Internal, outcome, message).with_source(error)
    }

    fn cannot(&self, what: &str, error: io::Error) -> Error {
        cannot(&self.path, what, error)
    }
}

/// What is written before the space that is reserved at the end of a file.
fn without_space(bytes: &[u8]) -> &[u8] {
    let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..written).unwrap_or_default()
}

/// The runtime shut down, or the thread panicked.
pub(super) fn thread_ended(outcome: Outcome, error: tokio::task::JoinError) -> Error {
    ErrorBuilder::new(ErrorKind::Internal, outcome, "the journal's thread ended")
        .with_source(error)
        .build()
}

/// Opens a file that only this process uses, or creates it.
fn lock(path: &Path) -> Result<File, Error> {
    // Opening a pipe could block, and a device keeps nothing.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(unusable(path, "it is not a regular file").build());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for _ in 0..OPENED {
        let file = options.open(path).map_err(|error| cannot(path, "opened", error))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => unusable(path, "another process is using it")
                .with_hint("wait for that run to end, or stop it")
                .build(),
            TryLockError::Error(error) => {
                let hint = "name a journal on a disk of this machine";
                let error = unusable(path, "it cannot be locked").with_source(error);
                error.with_hint(hint).build()
            }
        })?;
        if is_at(path, &file, 0) {
            return Ok(file);
        }
    }
    Err(unusable(path, "it is replaced all the time").build())
}

/// Whether the open file is still the one at the path, and not shorter than it was.
fn is_at(path: &Path, file: &File, length: u64) -> bool {
    let (Ok(there), Ok(open)) = (std::fs::metadata(path), file.metadata()) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (there.dev(), there.ino()) != (open.dev(), open.ino()) {
            return false;
        }
    }
    there.is_file() && open.len() >= length
}

/// Creates the folder of a journal, accessible to its owner only.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|error| unusable(folder, "the folder cannot be made").with_source(error).build())?;
    // What cannot be synced here cannot be synced for the file in it, which is reported.
    let _ = sync_folder(folder);
    Ok(())
}

/// Syncs the folder, so that a new file in it is on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
    #[cfg(not(unix))]
    {
        // Other systems cannot open a folder to sync it.
        let _ = path;
        Ok(())
    }
}

/// The time in a form that every file system takes, to the nanosecond: a name is used once.
fn now_in_name() -> String {
    Timestamp::now().to_string().replace(':', "-")
}

fn hint_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space on its disk; then the run can be resumed"
        }
        _ => "check its disk, or name a journal on another one",
    }
}

fn cannot(path: &Path, what: &str, error: io::Error) -> Error {
    unusable(path, &format!("it cannot be {what}"))
        .with_source(error)
        .build()
}

fn unusable(path: &Path, why: &str) -> ErrorBuilder {
    let path = sanitize::escape_message(&path.to_string_lossy());
    let message = format!("journal {path}: {}", sanitize::escape_message(why));
    ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, message)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::bulk::item_state::{Counts, ItemState};

    fn plan() -> Plan {
        Plan::rescan("task", ["a", "b", "c"]).unwrap()
    }

    fn header() -> Header {
        Header::of(&plan(), "http://e", "p")
    }

    fn open(path: &Path) -> Result<(Journal, History), Error> {
        Journal::open(path, &header(), &plan())
    }

    fn states(path: &Path) -> Result<Vec<ItemState>, Error> {
        let (_, mut history) = open(path)?;
        history.states.iter_mut().for_each(|state| {
            if state.is_unknown() {
                *state = ItemState::Unknown;
            }
        });
        Ok(history.states)
    }

    fn confirmed() -> Result<Accepted, Error> {
        Ok(Accepted::new("r".to_owned(), 1))
    }

    fn failed(outcome: Outcome) -> Result<Accepted, Error> {
        Err(ErrorBuilder::new(ErrorKind::Refused, outcome, "no").build())
    }

    /// A journal with `a` confirmed, `b` in flight and `c` refused.
    fn written(path: &Path) -> Vec<u8> {
        let (mut journal, _) = open(path).unwrap();
        journal.sending(0, &plan(), &[0]).unwrap();
        journal.sending(1, &plan(), &[1]).unwrap();
        journal.ended(0, &confirmed()).unwrap();
        journal.sending(2, &plan(), &[2]).unwrap();
        journal.ended(2, &failed(Outcome::Refused)).unwrap();
        drop(journal);
        fs::read(path).unwrap()
    }

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self) -> PathBuf {
            self.0.path().join("j")
        }

        /// What a journal with these bytes says; the file is left unchanged where it is refused.
        fn read(&self, bytes: &[u8]) -> Result<Vec<ItemState>, Error> {
            fs::write(self.path(), bytes).unwrap();
            let read = states(&self.path());
            if let Err(error) = &read {
                assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
                assert_eq!(fs::read(self.path()).unwrap(), bytes);
            }
            read
        }
    }

    use ItemState::{Confirmed, NotSent, Refused, Unknown};

    #[test]
    fn history_has_the_recorded_states() {
        let folder = Folder::new();
        let bytes = written(&folder.path());
        let (_, history) = open(&folder.path()).unwrap();
        assert_eq!(history.ended.len(), 3);
        assert_eq!(states(&folder.path()).unwrap(), [Confirmed, Unknown, Refused]);
        let text = String::from_utf8(bytes).unwrap();
        let text = text.trim_end_matches('\0');
        for line in text.lines() {
            assert!(
                serde_json::from_str::<serde_json::Value>(line).unwrap().is_object(),
                "{line}"
            );
        }
        assert_eq!(
            fs::read_to_string(folder.path()).unwrap(),
            text,
            "opening removes the reserved space"
        );
    }

    #[test]
    fn only_a_confirmation_settles_an_unknown_item() {
        let folder = Folder::new();
        let (mut journal, _) = open(&folder.path()).unwrap();
        for (index, last) in [failed(Outcome::Refused), failed(Outcome::NotSent), confirmed()]
            .iter()
            .enumerate()
        {
            journal.sending(index, &plan(), &[index]).unwrap();
            journal.ended(index, &failed(Outcome::Unknown)).unwrap();
            journal.sending(index, &plan(), &[index]).unwrap();
            journal.ended(index, last).unwrap();
        }
        drop(journal);
        assert_eq!(states(&folder.path()).unwrap(), [Unknown, Unknown, Confirmed]);
    }

    #[test]
    fn items_that_a_closed_run_started_are_set_apart_from_the_next() {
        let folder = Folder::new();
        let (mut journal, _) = open(&folder.path()).unwrap();
        journal.sending(0, &plan(), &[0]).unwrap();
        journal.ended(0, &confirmed()).unwrap();
        journal.sending(1, &plan(), &[2]).unwrap();
        journal.ended(1, &failed(Outcome::Refused)).unwrap();
        journal.close(plan().operation(), Vec::new()).unwrap();
        journal.sending(2, &plan(), &[1]).unwrap();
        journal.ended(2, &confirmed()).unwrap();
        drop(journal);
        let (_, history) = open(&folder.path()).unwrap();
        assert_eq!(history.states, [ItemState::StartedBefore, Confirmed, NotSent]);
        assert!(history.is_open());
    }

    #[test]
    fn items_that_were_not_in_the_list_at_hand_stay_as_they_are() {
        let folder = Folder::new();
        let (mut journal, _) = open(&folder.path()).unwrap();
        for (index, result) in [confirmed(), confirmed(), failed(Outcome::Unknown)].iter().enumerate() {
            journal.sending(index, &plan(), &[index]).unwrap();
            journal.ended(index, result).unwrap();
        }
        let kept = |id: &str| (Box::from(id), None);
        journal.close(plan().operation(), vec![kept("b"), kept("c")]).unwrap();
        journal.close(plan().operation(), vec![kept("c")]).unwrap();
        drop(journal);
        let (_, mut history) = open(&folder.path()).unwrap();
        assert!(!history.is_open());
        history.set_closed_apart();
        history.set_closed_apart();
        assert_eq!(
            history.states,
            [ItemState::StartedBefore, ItemState::StartedBefore, Unknown]
        );
    }

    #[test]
    fn journal_set_aside_keeps_its_bytes_and_the_new_one_its_unknown_items() {
        let folder = Folder::new();
        let bytes = written(&folder.path());
        let (mut journal, _) = open(&folder.path()).unwrap();
        let unknown = ["b", "elsewhere"].map(|id| (id.into(), None)).to_vec();
        journal.begin_anew(header(), unknown);
        drop(journal);
        assert_eq!(
            states(&folder.path()).unwrap(),
            [Confirmed, Unknown, Refused],
            "nothing was sent"
        );

        let (mut journal, _) = open(&folder.path()).unwrap();
        let unknown = ["b", "elsewhere"].map(|id| (id.into(), None)).to_vec();
        journal.begin_anew(header(), unknown);
        let held = open(&folder.path()).unwrap_err();
        assert!(held.to_string().ends_with("another process is using it"), "{held}");
        journal.sending(0, &plan(), &[0]).unwrap();
        drop(journal);
        assert_eq!(states(&folder.path()).unwrap(), [Unknown, Unknown, NotSent]);
        let mut names: Vec<PathBuf> = fs::read_dir(folder.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        assert_eq!(names.len(), 2, "{names:?}");
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .unwrap()
                .trim_end_matches('\0')
                .to_owned()
        };
        assert_eq!(text(&fs::read(&names[1]).unwrap()), text(&bytes));
    }

    #[test]
    fn second_process_is_refused_while_the_first_holds_the_journal() {
        let folder = Folder::new();
        let held = open(&folder.path()).unwrap();
        let error = open(&folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("another process is using it"), "{error}");
        drop(held);
        open(&folder.path()).unwrap();
    }

    #[test]
    fn journal_that_was_replaced_or_cut_meanwhile_takes_no_send() {
        for change in [
            |path: &Path| fs::remove_file(path).unwrap(),
            |path: &Path| fs::rename(path, path.with_extension("old")).unwrap(),
            |path: &Path| {
                fs::remove_file(path).unwrap();
                fs::write(path, "").unwrap();
            },
            |path: &Path| File::options().write(true).open(path).unwrap().set_len(10).unwrap(),
        ] {
            let folder = Folder::new();
            let (mut journal, _) = open(&folder.path()).unwrap();
            journal.sending(0, &plan(), &[0]).unwrap();
            change(&folder.path());
            let error = journal.sending(1, &plan(), &[1]).unwrap_err();
            assert_eq!(error.outcome(), Outcome::NotSent);
            assert!(error.to_string().ends_with("while the run went on"), "{error}");
        }
    }

    #[test]
    fn foreign_file_is_refused_and_left_unchanged() {
        let folder = Folder::new();
        for text in [&b"notes"[..], b"no line feed yet{", b"notes\n", b"{}\n"] {
            assert!(folder.read(text).unwrap_err().to_string().contains("not a journal"));
        }
        let open = |path: &Path| open(path).unwrap_err().to_string();
        assert!(open(folder.0.path()).ends_with("it is not a regular file"));
        assert!(open(&folder.0.path().join("no/j")).ends_with("it cannot be opened"));
        #[cfg(target_os = "linux")]
        assert!(open(Path::new("/dev/full")).ends_with("it is not a regular file"));

        // No memory could hold it.
        fs::write(folder.path(), "notes").unwrap();
        let file = File::options().write(true).open(folder.path()).unwrap();
        file.set_len(1 << 42).unwrap();
        assert!(open(&folder.path()).contains("not a journal"));

        let other = Header::of(&Plan::rescan("other", ["a"]).unwrap(), "http://e", "p");
        fs::remove_file(folder.path()).unwrap();
        drop(Journal::open(&folder.path(), &other, &plan()).unwrap());
        assert!(open(&folder.path()).ends_with("its task is other, and here it is task"));
    }

    /// A crash while the file was made leaves nothing that could be lost.
    #[test]
    fn first_line_cut_anywhere_is_written_anew() {
        let folder = Folder::new();
        let whole = written(&folder.path());
        let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for (cut, zeros) in (0..line).step_by(3).flat_map(|cut| [(cut, 0), (cut, 5000)]) {
            let torn = [&whole[..cut], &vec![0; zeros]].concat();
            assert_eq!(folder.read(&torn).unwrap(), [NotSent; 3], "{cut} bytes, {zeros} zeros");
            assert_eq!(fs::read(folder.path()).unwrap(), whole[..=line]);
        }
        // That of another task is left to it, and can be removed.
        let other = Header::of(&Plan::rescan("other", ["a"]).unwrap(), "http://e", "p");
        fs::write(folder.path(), &whole[..line - 1]).unwrap();
        let error = Journal::open(&folder.path(), &other, &plan()).unwrap_err();
        assert!(
            error.to_string().contains("only the begin of its first line"),
            "{error}"
        );
        status::JournalStatus::remove_damaged(folder.path()).unwrap();
        assert!(!folder.path().exists());
        for foreign in ["notes", "{}", "{\"journal\":\"another"] {
            fs::write(folder.path(), foreign).unwrap();
            let error = status::JournalStatus::remove_damaged(folder.path()).unwrap_err();
            assert!(error.to_string().contains("not a journal"), "{foreign}: {error}");
            assert_eq!(fs::read_to_string(folder.path()).unwrap(), foreign);
        }
    }

    /// Each piece of the file that ends with a line is a journal of its own, an older one.
    #[test]
    fn file_cut_anywhere_hides_no_begun_send_and_confirms_nothing_falsely() {
        let folder = Folder::new();
        let bytes = written(&folder.path());
        let length = bytes.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let lines: Vec<usize> = (0..length).filter(|at| bytes[*at] == b'\n').map(|at| at + 1).collect();
        // Without its line feed a line is whole.
        let whole = |cut: usize| lines.iter().filter(|end| **end <= cut + 1).count();
        let expected = [
            [NotSent, NotSent, NotSent],
            [Unknown, NotSent, NotSent],
            [Unknown, Unknown, NotSent],
            [Confirmed, Unknown, NotSent],
            [Confirmed, Unknown, Unknown],
            [Confirmed, Unknown, Refused],
        ];
        for cut in 1..length + 3 {
            let cut_off = |zeros: usize| fs::write(folder.path(), [&bytes[..cut], &vec![0; zeros]].concat()).unwrap();
            for zeros in [0, 1, 5000] {
                cut_off(zeros);
                let mut history = History::of(&plan());
                let mut journal = Journal::of(&folder.path(), File::open(folder.path()).unwrap());
                let read = journal.read(|record| history.read(record, Some(&plan())));
                assert_eq!(read.is_ok(), whole(cut) > 0, "{cut} bytes, {zeros} zeros");
                let counts = Counts::of(history.states);
                let expected = expected
                    .get(whole(cut).saturating_sub(1))
                    .map(|states| Counts::of(*states));
                assert_eq!(Some(counts), expected, "{cut} bytes, {zeros} zeros");
            }
            // And it can be written to as if nothing had been.
            if whole(cut - 1) < whole(cut) {
                cut_off(cut % 3);
                let (mut journal, _) = open(&folder.path()).unwrap();
                journal.sending(0, &plan(), &[2]).unwrap();
                journal.ended(0, &confirmed()).unwrap();
                drop(journal);
                assert_eq!(states(&folder.path()).unwrap()[2], Confirmed);
            }
        }
    }

    #[test]
    fn file_with_any_bit_flipped_is_refused() {
        let folder = Folder::new();
        let bytes = written(&folder.path());
        let length = bytes.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for bit in 0..length * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Also without the reserved space behind the last line.
            for flipped in [&flipped[..], &flipped[..length]] {
                assert!(folder.read(flipped).is_err(), "byte {}, bit {}", bit / 8, bit % 8);
            }
        }
    }

    #[test]
    fn file_whose_lines_were_changed_is_refused() {
        let folder = Folder::new();
        let bytes = written(&folder.path());
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.trim_end_matches('\0').lines().collect();
        let is_refused = |lines: Vec<&str>| {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            assert!(folder.read(text.as_bytes()).is_err(), "{text}");
        };
        is_refused(vec![lines[lines.len() - 1]]);
        for index in 0..lines.len() {
            let mut doubled = lines.clone();
            doubled.insert(index, lines[index]);
            is_refused(doubled);
            if index + 1 < lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(index, index + 1);
                is_refused(swapped);
                let mut removed = lines.clone();
                removed.remove(index);
                is_refused(removed);
            }
            let with = |changed: &str| {
                let mut with = lines.clone();
                with[index] = changed;
                is_refused(with);
            };
            with(&format!("{} ", lines[index]));
            with(&lines[index].replace("\":", "\": "));
            let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_str(lines[index]).unwrap();
            with(&serde_json::to_string(&sorted).unwrap());
        }
        // Trimming takes the reserved space alone.
        assert_eq!(
            folder.read(text.trim_end_matches('\0').as_bytes()).unwrap(),
            [Confirmed, Unknown, Refused]
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn unwritable_result_leaves_the_batch_unknown_and_unwritable_send_leaves_it_unsent() {
        let folder = Folder::new();
        let (mut journal, _) = open(&folder.path()).unwrap();
        journal.sending(0, &plan(), &[0]).unwrap();
        let file = std::mem::replace(
            &mut journal.file,
            File::options().write(true).open("/dev/full").unwrap(),
        );
        let ended = journal.ended(0, &confirmed()).unwrap_err();
        assert_eq!((ended.kind(), ended.outcome()), (ErrorKind::Internal, Outcome::Unknown));
        assert!(ended.hint().unwrap().starts_with("batch 1 was sent"), "{ended:#}");
        assert!(ended.hint().unwrap().contains("free some space"), "{ended:#}");
        journal.file = file;
        assert_eq!(
            hint_of(&io::ErrorKind::Other.into()),
            "check its disk, or name a journal on another one"
        );
        drop(journal);
        assert_eq!(states(&folder.path()).unwrap(), [Unknown, NotSent, NotSent]);
    }

    #[cfg(unix)]
    #[test]
    fn journal_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        make_folder(&below).unwrap();
        let path = below.join("j");
        let (mut journal, _) = open(&path).unwrap();
        journal.begin_anew(header(), Vec::new());
        journal.sending(0, &plan(), &[0]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&below), 0o700);
        for entry in fs::read_dir(&below).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }

    #[test]
    fn ends_of_parallel_sends_are_sorted_by_time() {
        let folder = Folder::new();
        written(&folder.path());
        let (_, history) = open(&folder.path()).unwrap();
        assert!(history.ended.is_sorted(), "{:?}", history.ended);
    }

    proptest! {
        /// Reading a file with any content behind a valid header ends.
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            let folder = Folder::new();
            drop(open(&folder.path()).unwrap());
            let header = fs::read(folder.path()).unwrap();
            let read = folder.read(&[header, bytes].concat());
            prop_assert!(read.is_err() || read.unwrap() == [NotSent; 3]);
        }
    }
}
