//! The file that lets a run be resumed.
//!
//! After its header, a journal is a sequence of pairs: a line `sending`, and a line of fixed length with the result of that
//! send. Both are appended in one write and synced before the send; the second is spaces then, and is overwritten in
//! place after it. So a full disk is found before a send, and on a file system that overwrites in place the result has
//! its space.
//!
//! What a crash can leave, and what it means:
//! - an incomplete pair at the end: its write was not finished, so the send had not begun. It is cut off.
//! - a complete pair whose second line is spaces or not a record: the batch was being sent. Its outcome is unknown.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};
use huaweicloud_auth::net::sanitize;
use jiff::Timestamp;

use super::batch_state::BatchState;
use super::header::{Header, MAGIC};
use super::record::{Record, SLOT};
use crate::accepted::Accepted;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// The maximum length of the first line in bytes, many times what it takes. The rest is read only if the first line is the
/// header of this run: a foreign file can be of any size.
const FIRST_LINE: u64 = 64 * 1024;

/// The time after which a send without a recorded end is taken to have ended: longer than a call takes by default. If calls
/// may take longer and the run is killed, one request of the last minute may not be counted.
const LONGEST_CALL: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

const FREE_SPACE: &str = "free some space on its disk; then the run can be resumed";

/// A journal that only this process writes to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The offset of the next pair.
    end: u64,
    /// The batches in flight, and the offsets of the lines for their results.
    slots: Vec<(usize, u64)>,
}

/// What a journal says about earlier runs.
#[derive(Debug)]
pub(super) struct Replay {
    /// The state of each batch of the plan.
    pub(super) states: Vec<BatchState>,
    /// The time at which each send ended, the oldest first.
    pub(super) ended: Vec<Timestamp>,
}

impl Replay {
    pub(super) fn none(batches: usize) -> Self {
        Self {
            states: vec![BatchState::NotSent; batches],
            ended: Vec::new(),
        }
    }
}

impl Journal {
    /// Opens the journal of a run, or creates it.
    pub(super) fn open(path: &Path, header: &Header, batches: usize) -> Result<(Self, Replay), Error> {
        let cannot = |what: &str, error: io::Error| unusable(path, what).with_source(error).build();
        // Opening a pipe could block, and a device keeps nothing.
        let is_file = |metadata: &std::fs::Metadata| metadata.is_file();
        if std::fs::metadata(path).is_ok_and(|metadata| !is_file(&metadata)) {
            return Err(unusable(path, "it is not a regular file").build());
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(path)
            .map_err(|error| cannot("it cannot be opened", error))?;
        FileExt::try_lock(&file).map_err(|error| match error {
            TryLockError::WouldBlock => unusable(path, "another process is using it")
                .with_hint("wait for that run to end, or stop it")
                .build(),
            TryLockError::Error(error) => cannot("it cannot be locked", error),
        })?;
        let cannot_read = |error| cannot("it cannot be read", error);
        let mut reader = BufReader::new(&mut file);
        let mut first = Vec::new();
        let read = reader.by_ref().take(FIRST_LINE).read_until(b'\n', &mut first);
        read.map_err(cannot_read)?;
        let cannot_write = |error| cannot("it cannot be written", error);
        if !first.ends_with(b"\n") {
            if first.len() as u64 == FIRST_LINE || !is_torn_header(&first) {
                return Err(unusable(path, "it is not a journal of hss; it was left unchanged").build());
            }
            let mut journal = Self::of(path, file);
            journal.begin(header).map_err(cannot_write)?;
            return Ok((journal, Replay::none(batches)));
        }
        let theirs = Header::parse(&first).map_err(|reason| unusable(path, &reason).build())?;
        if let Some(difference) = header.difference(&theirs) {
            let error = unusable(path, &format!("it belongs to another run: {difference}"));
            return Err(error.with_hint("name another journal for this run").build());
        }
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).map_err(cannot_read)?;
        let (past, whole) = replay(&rest, batches).map_err(|reason| unusable(path, &reason).build())?;
        let mut journal = Self::of(path, file);
        journal.end = (first.len() + whole) as u64;
        let cut = journal.file.set_len(journal.end).and_then(|()| journal.file.sync_all());
        cut.map_err(cannot_write)?;
        Ok((journal, past))
    }

    fn of(path: &Path, file: File) -> Self {
        Self {
            path: path.to_owned(),
            file,
            end: 0,
            slots: Vec::new(),
        }
    }

    /// Writes the first line, to a file that is empty or holds a part of it.
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        let mut line = serde_json::to_vec(header).map_err(io::Error::other)?;
        line.push(b'\n');
        self.file.set_len(0)?;
        let written = self.write_at(0, &line).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // An empty file is better than a part of a line.
            let _ = self.file.set_len(0);
            return Err(error);
        }
        self.end = line.len() as u64;
        sync_folder(&self.path)
    }

    /// Records that a batch is about to be sent. Only after this returns may it be sent.
    pub(super) fn sending(&mut self, batch: usize, ids: usize) -> Result<(), Error> {
        let pair = Record::sending(batch, ids);
        let written = self.write_at(self.end, &pair).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // A part of a pair means nothing; this only tidies the file.
            let _ = self.file.set_len(self.end);
            let draft = self.unwritable(Outcome::NotSent, error);
            return Err(draft.with_hint(FREE_SPACE).build());
        }
        self.end += pair.len() as u64;
        self.slots.push((batch, self.end - SLOT as u64));
        Ok(())
    }

    /// Records the result of a batch. If this fails, the batch was sent all the same, and is unknown by the journal.
    pub(super) fn ended(&mut self, batch: usize, result: &Result<Accepted, Error>) -> Result<(), Error> {
        let Some(index) = self.slots.iter().position(|(in_flight, _)| *in_flight == batch) else {
            return Ok(());
        };
        let (_, offset) = self.slots.swap_remove(index);
        let line = Record::ended(batch, result);
        let written = self.write_at(offset, &line).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            let hint = format!(
                "batch {} was sent, but its result is not in the journal, so its outcome counts as unknown; {FREE_SPACE}",
                batch + 1
            );
            let draft = self.unwritable(Outcome::Unknown, error);
            draft.with_hint(hint).build()
        })
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(bytes)
    }

    fn unwritable(&self, outcome: Outcome, error: io::Error) -> ErrorBuilder {
        let path = sanitize::escape_message(&self.path.to_string_lossy());
        let message = format!("journal {path}: it cannot be written");
        ErrorBuilder::new(ErrorKind::Internal, outcome, message).with_source(error)
    }
}

/// Creates the folder of a journal, accessible to its owner only.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder).and_then(|()| sync_folder(folder));
    made.map_err(|error| unusable(folder, "the folder cannot be made").with_source(error).build())
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

fn unusable(path: &Path, why: &str) -> ErrorBuilder {
    let message = format!(
        "journal {}: {}",
        sanitize::escape_message(&path.to_string_lossy()),
        sanitize::escape_message(why)
    );
    ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, message)
}

/// Whether the bytes are what a crash while writing the first line leaves, or empty.
fn is_torn_header(bytes: &[u8]) -> bool {
    let magic = MAGIC.as_bytes();
    magic.starts_with(bytes) || bytes.starts_with(magic)
}

/// Reads the pairs after the header. Also gives the length of the complete ones.
fn replay(bytes: &[u8], batches: usize) -> Result<(Replay, usize), String> {
    let mut past = Replay::none(batches);
    let now = Timestamp::now();
    let mut whole = 0;
    let mut rest = bytes;
    while let Some((begun, result, after)) = pair(rest) {
        let line = || format!("it is damaged at byte {whole} after its first line");
        let begun: Record = serde_json::from_slice(begun).map_err(|_| line())?;
        let index = begun
            .batch
            .checked_sub(1)
            .filter(|_| begun.state == BatchState::Sending);
        let state = index.and_then(|index| past.states.get_mut(index)).ok_or_else(line)?;
        // If it is not a record, it was being written.
        let result: Option<Record> = serde_json::from_slice(result).ok();
        let result = result.filter(|result| result.batch == begun.batch);
        let (sent, ended) = match result {
            Some(result) => (result.state, result.at),
            None => (
                BatchState::Unknown,
                begun.at.saturating_add(LONGEST_CALL).unwrap_or(now),
            ),
        };
        *state = state.after(sent);
        past.ended.push(ended.min(now));
        whole = bytes.len() - after.len();
        rest = after;
    }
    // The rest was being written when the process ended. Much more than a pair is damage.
    if rest.len() > 2 * SLOT {
        return Err(format!("it is damaged at byte {whole} after its first line"));
    }
    // Several batches can be in flight at once; the journal has them in the order of their sends.
    past.ended.sort_unstable();
    Ok((past, whole))
}

/// The next pair, each line without its line feed, and the rest; `None` if the pair is incomplete.
fn pair(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let line = bytes.iter().take(SLOT).position(|byte| *byte == b'\n')?;
    let (begun, rest) = bytes.split_at_checked(line)?;
    let slot = rest.get(1..=SLOT)?;
    let (result, feed) = slot.split_at_checked(SLOT - 1)?;
    (feed == b"\n").then_some(())?;
    Some((begun, result, rest.get(SLOT + 1..)?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::bulk::Plan;

    fn plan() -> Plan {
        Plan::rescan("task", (0..3000).map(|number| number.to_string())).unwrap()
    }

    fn header() -> Header {
        Header::of(&plan(), "http://e", "p", "now".to_owned())
    }

    fn open(path: &Path) -> Result<(Journal, Replay), Error> {
        Journal::open(path, &header(), 3)
    }

    fn confirmed() -> Result<Accepted, Error> {
        Ok(Accepted::new("r".to_owned(), 1))
    }

    fn failed(outcome: Outcome) -> Result<Accepted, Error> {
        Err(ErrorBuilder::new(ErrorKind::Refused, outcome, "no").build())
    }

    /// A journal with batch 0 confirmed, 1 in flight and 2 refused.
    fn written(path: &Path) -> Vec<u8> {
        let (mut journal, _) = open(path).unwrap();
        journal.sending(0, 1000).unwrap();
        journal.sending(1, 1000).unwrap();
        journal.ended(0, &confirmed()).unwrap();
        journal.sending(2, 1000).unwrap();
        journal.ended(2, &failed(Outcome::Refused)).unwrap();
        drop(journal);
        fs::read(path).unwrap()
    }

    #[test]
    fn replay_gives_the_recorded_states() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let bytes = written(&path);
        let (_, past) = open(&path).unwrap();
        assert_eq!(
            past.states,
            [BatchState::Confirmed, BatchState::Unknown, BatchState::Refused]
        );
        assert_eq!(past.ended.len(), 3);
        assert_eq!(fs::read(&path).unwrap(), bytes, "opening changes nothing");
        for line in String::from_utf8(bytes).unwrap().lines() {
            let is_object = serde_json::from_str::<serde_json::Value>(line).is_ok_and(|value| value.is_object());
            assert!(is_object || line.trim().is_empty(), "{line}");
        }
    }

    #[test]
    fn only_a_confirmation_settles_an_unknown_batch() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let (mut journal, _) = open(&path).unwrap();
        for (batch, last) in [
            (0, failed(Outcome::Refused)),
            (1, failed(Outcome::NotSent)),
            (2, confirmed()),
        ] {
            journal.sending(batch, 1000).unwrap();
            journal.ended(batch, &failed(Outcome::Unknown)).unwrap();
            journal.sending(batch, 1000).unwrap();
            journal.ended(batch, &last).unwrap();
        }
        drop(journal);
        let (_, past) = open(&path).unwrap();
        assert_eq!(
            past.states,
            [BatchState::Unknown, BatchState::Unknown, BatchState::Confirmed]
        );
    }

    #[test]
    fn second_process_is_refused_while_the_first_holds_the_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let held = open(&path).unwrap();
        let error = open(&path).unwrap_err();
        assert!(error.to_string().ends_with("another process is using it"), "{error}");
        drop(held);
        open(&path).unwrap();
    }

    #[test]
    fn foreign_file_is_refused_and_left_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let damaged = {
            let mut bytes = written(&path);
            let place = bytes.len() - 3 * SLOT / 2;
            bytes[place - SLOT] = b'x';
            bytes.splice(place..place, vec![b'x'; 5 * SLOT]);
            bytes
        };
        for text in [
            &b"notes"[..],
            b"no line feed yet{",
            b"notes\n",
            b"{}\n",
            &damaged,
            &[0; 10],
        ] {
            fs::write(&path, text).unwrap();
            let error = open(&path).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
            assert_eq!(fs::read(&path).unwrap(), text);
        }
        assert!(
            open(folder.path())
                .unwrap_err()
                .to_string()
                .ends_with("it is not a regular file")
        );
        assert!(
            open(&folder.path().join("no/j"))
                .unwrap_err()
                .to_string()
                .ends_with("it cannot be opened")
        );
        #[cfg(target_os = "linux")]
        assert!(
            open(Path::new("/dev/full"))
                .unwrap_err()
                .to_string()
                .ends_with("it is not a regular file")
        );
    }

    /// What is not this run's is found out by its beginning, and what is may be as large as it has grown.
    #[test]
    fn first_line_is_limited_only_in_foreign_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        drop(open(&path).unwrap());
        let ours = fs::read(&path).unwrap();
        let theirs = String::from_utf8(ours.clone())
            .unwrap()
            .replace(r#""task""#, r#""ksat""#);
        let torn = format!("{MAGIC}1,");
        for (text, why) in [
            ("", "not a journal of hss"),
            (torn.as_str(), "not a journal of hss"),
            (theirs.as_str(), "another run"),
        ] {
            // Nothing of it is on the disk, and no memory could hold it.
            fs::write(&path, text).unwrap();
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(1 << 42)
                .unwrap();
            let error = open(&path).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 42);
        }

        let pair = lines(0, Some(failed(Outcome::Refused)));
        let sends = 64 * 1024 * 1024 / pair.len() + 1;
        fs::write(&path, [ours, pair.repeat(sends)].concat()).unwrap();
        let (_, past) = open(&path).unwrap();
        assert_eq!((past.states[0], past.ended.len()), (BatchState::Refused, sends));
    }

    /// The journal has sends in the order in which they left; what counts for the pace is when they ended.
    #[test]
    fn ends_of_parallel_sends_are_sorted_by_time() {
        let begun: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let ends = [29, 1, 1, 1, 1, 62].map(|seconds| begun + jiff::SignedDuration::from_secs(seconds));
        let mut bytes = Vec::new();
        for (batch, end) in ends.iter().enumerate() {
            bytes.extend(lines(batch, Some(confirmed())));
            let slot = bytes.len() - SLOT;
            let mut record: serde_json::Value = serde_json::from_slice(&bytes[slot..]).unwrap();
            record["at"] = end.to_string().into();
            let mut line = record.to_string().into_bytes();
            line.resize(SLOT - 1, b' ');
            line.push(b'\n');
            bytes.splice(slot.., line);
        }
        let (past, _) = replay(&bytes, ends.len()).unwrap();
        let mut sorted = ends;
        sorted.sort_unstable();
        assert_eq!(past.ended, sorted);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn unwritable_result_leaves_the_batch_unknown_and_unwritable_send_leaves_it_unsent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let (mut journal, _) = open(&path).unwrap();
        journal.sending(0, 1000).unwrap();
        journal.file = File::options().write(true).open("/dev/full").unwrap();
        let ended = journal.ended(0, &confirmed()).unwrap_err();
        assert_eq!((ended.kind(), ended.outcome()), (ErrorKind::Internal, Outcome::Unknown));
        assert!(ended.hint().unwrap().starts_with("batch 1 was sent"), "{ended:#}");
        let sending = journal.sending(1, 1000).unwrap_err();
        assert_eq!(
            (sending.kind(), sending.outcome()),
            (ErrorKind::Internal, Outcome::NotSent)
        );
        drop(journal);
        let (_, past) = open(&path).unwrap();
        assert_eq!(past.states[..2], [BatchState::Unknown, BatchState::NotSent]);
    }

    #[cfg(unix)]
    #[test]
    fn journal_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        make_folder(&below).unwrap();
        open(&below.join("j")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&below), mode(&below.join("j"))), (0o700, 0o600));
    }

    /// A pair of lines.
    fn lines(batch: usize, result: Option<Result<Accepted, Error>>) -> Vec<u8> {
        let mut bytes = Record::sending(batch, 1000);
        if let Some(result) = result {
            let slot = bytes.len() - SLOT;
            bytes.splice(slot.., Record::ended(batch, &result));
        }
        bytes
    }

    #[test]
    fn opening_cuts_off_a_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let whole = written(&path);
        for cut in [0, 20, whole.len() - 1, whole.len() - SLOT - 10] {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, past) = open(&path).unwrap();
            assert_eq!(past.states[2], BatchState::NotSent);
            // And it can be written to as if nothing had been.
            journal.sending(2, 1000).unwrap();
            journal.ended(2, &confirmed()).unwrap();
            drop(journal);
            assert_eq!(open(&path).unwrap().1.states[2], BatchState::Confirmed);
        }
    }

    proptest! {
        /// Wherever a crash cuts the file, the journal is read, and no batch whose send had begun counts as not sent. A
        /// disk may have kept the length of the rest without its content.
        #[test]
        fn torn_end_never_hides_a_begun_send(cut in 0.0..1.0f64, zeros in any::<bool>()) {
            let refused = Some(failed(Outcome::Refused));
            let pairs = [lines(0, Some(confirmed())), lines(1, None), lines(2, refused)];
            let states = [BatchState::Confirmed, BatchState::Unknown, BatchState::Refused];
            let ends = [0, 1, 2].map(|last| pairs[..=last].iter().map(Vec::len).sum::<usize>());
            let mut bytes = pairs.concat();
            let cut = (cut * bytes.len() as f64) as usize;
            let begun = ends.iter().filter(|end| **end <= cut).count();
            bytes.truncate(cut);
            if zeros && begun < 3 {
                bytes.resize(ends[begun], 0);
            }
            let (past, whole) = replay(&bytes, 3).unwrap();
            prop_assert_eq!(whole, begun.checked_sub(1).map_or(0, |last| ends[last]));
            for (batch, state) in states.into_iter().enumerate() {
                prop_assert_eq!(past.states[batch], if batch < begun { state } else { BatchState::NotSent });
            }
        }

        /// However much of a result was written, the batch is in the state of the result or unknown.
        #[test]
        fn torn_result_leaves_the_batch_unknown(kept in 0..SLOT) {
            let mut bytes = lines(0, None);
            let slot = bytes.len() - SLOT;
            let result = Record::ended(0, &confirmed());
            bytes[slot..slot + kept].copy_from_slice(&result[..kept]);
            let said = serde_json::from_slice::<Record>(&bytes[slot..]).is_ok();
            let state = replay(&bytes, 1).unwrap().0.states[0];
            prop_assert_eq!(state, if said { BatchState::Confirmed } else { BatchState::Unknown });
        }

        /// Reading a file with any content ends.
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            if let Ok((_, whole)) = replay(&bytes, 3) {
                prop_assert!(whole <= bytes.len());
            }
        }
    }
}
