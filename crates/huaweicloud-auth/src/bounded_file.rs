//! Reads files that someone else names, bounded in size and in time.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

/// The first buffer for a file whose length is not known, which holds any secret.
const FIRST_BUFFER: usize = 256 * 1024;

/// A file that someone else named, read within a size and a time; its bytes are wiped from memory.
///
/// ```
/// use std::path::Path;
/// use std::time::Duration;
///
/// use huaweicloud_auth::BoundedFile;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = &folder.path().join("token");
/// # std::fs::write(path, "a-token\n")?;
/// let file = BoundedFile::read(path, 32 * 1024, Duration::from_secs(10))?;
/// assert_eq!(file.bytes(), b"a-token\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct BoundedFile {
    bytes: Zeroizing<Vec<u8>>,
    metadata: Metadata,
}

impl BoundedFile {
    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same, for the caller to wipe.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// What kind of file it is, and who can read it.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Reads a file of at most `max_bytes`. One that is not a regular file must give all that it has within `time`: a
    /// pipe without a writer or a terminal would never end. A pipe is read by this alone; it cannot be read again.
    ///
    /// # Errors
    ///
    /// As the system says; [`ErrorKind::FileTooLarge`] and [`ErrorKind::TimedOut`] for the limits. The thread that
    /// reads a file that is too late stays until the file ends or the program does.
    pub fn read(path: &Path, max_bytes: usize, time: Duration) -> io::Result<Self> {
        if fs::metadata(path)?.is_file() {
            return read_to_end(path, max_bytes);
        }
        let (sender, receiver) = mpsc::channel();
        let owned = path.to_owned();
        thread::Builder::new().spawn(move || {
            // No one receives what is too late.
            let _ = sender.send(read_to_end(&owned, max_bytes));
        })?;
        receiver.recv_timeout(time).unwrap_or_else(|_| {
            let message = format!("it gave nothing, or did not end, within {time:?}; does a program write to it?");
            Err(io::Error::new(ErrorKind::TimedOut, message))
        })
    }

    /// The same without blocking the thread of the caller, in any runtime.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub async fn read_async(path: PathBuf, max_bytes: usize, time: Duration) -> io::Result<Self> {
        if fs::metadata(&path)?.is_file() {
            return read_to_end(&path, max_bytes);
        }
        in_thread(move || Self::read(&path, max_bytes, time)).await?
    }
}

impl fmt::Debug for BoundedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedFile")
            .field("bytes", &self.bytes.len())
            .field("metadata", &self.metadata)
            .finish()
    }
}

/// Runs a function that blocks in a thread of its own. Nothing waits for the thread where the caller gives up, not even
/// the end of a runtime.
async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let shared = Arc::new(Mutex::new((None::<T>, None::<Waker>)));
    let theirs = Arc::clone(&shared);
    thread::Builder::new().spawn(move || {
        let result = work();
        let mut state = theirs.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = Some(result);
        if let Some(waker) = state.1.take() {
            waker.wake();
        }
    })?;
    let result = poll_fn(|context| {
        let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match state.0.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    });
    Ok(result.await)
}

fn read_to_end(path: &Path, max_bytes: usize) -> io::Result<BoundedFile> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX).min(max_bytes);
    // Allocated once where the length is known: a growing buffer leaves copies of a secret behind.
    let capacity = if metadata.is_file() {
        expected
    } else {
        max_bytes.min(FIRST_BUFFER)
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity + 1));
    file.take(max_bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max_bytes {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {}", size(max_bytes)),
        ));
    }
    Ok(BoundedFile { bytes, metadata })
}

fn size(bytes: usize) -> String {
    const UNITS: [(usize, &str); 2] = [(1024 * 1024, "MiB"), (1024, "KiB")];
    let unit = UNITS.into_iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, name)| format!("{} {name}", bytes / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than a test takes.
    const NEVER: Duration = Duration::from_secs(60);

    fn error(path: &Path, time: Duration) -> io::Error {
        BoundedFile::read(path, 1024, time).unwrap_err()
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for length in [0, 1, 1024] {
            fs::write(&path, vec![b'x'; length]).unwrap();
            assert_eq!(BoundedFile::read(&path, 1024, NEVER).unwrap().bytes().len(), length);
        }
        fs::write(&path, vec![b'x'; 1025]).unwrap();
        let too_large = error(&path, NEVER);
        assert_eq!(too_large.kind(), ErrorKind::FileTooLarge);
        assert_eq!(too_large.to_string(), "it is larger than 1 KiB");
        assert_eq!(error(&folder.path().join("none"), NEVER).kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_and_an_endless_device_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(error(folder.path(), NEVER).kind(), ErrorKind::IsADirectory);
        assert_eq!(error(Path::new("/dev/zero"), NEVER).kind(), ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_if_a_program_writes_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let late = error(&path, Duration::from_millis(1));
        assert_eq!(late.kind(), ErrorKind::TimedOut);
        assert!(late.to_string().contains("within 1ms"), "{late}");

        // The reader that was too late is still there, and one of the two gets the text.
        let other = folder.path().join("other");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&other)
                .status()
                .unwrap()
                .success()
        );
        let writer = thread::spawn({
            let other = other.clone();
            move || fs::write(other, "text").unwrap()
        });
        let read = BoundedFile::read(&other, 1024, NEVER).unwrap();
        assert_eq!(read.bytes(), b"text");
        writer.join().unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_pipe_without_a_writer_does_not_block_the_runtime() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        tokio::select! {
            biased;
            read = BoundedFile::read_async(path, 1024, NEVER) => panic!("{read:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
}
