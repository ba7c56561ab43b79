//! A tar archive that depends on names, contents, what may run and one time, and on nothing else.

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::Entries;

pub fn mode(runs: bool) -> u32 {
    if runs { 0o755 } else { 0o644 }
}

/// Packs the entries under one folder, all with the same time in seconds.
pub fn pack(folder: &str, entries: &Entries, seconds: u64) -> Result<Vec<u8>> {
    // No name and no time in the header of the compression either.
    let compressed = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut archive = Builder::new(compressed);
    for (name, entry) in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(mode(entry.runs));
        header.set_mtime(seconds);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, format!("{folder}/{name}"), entry.bytes.as_slice())?;
    }
    Ok(archive.into_inner()?.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::Entry;
    use super::*;

    const TIME: u64 = 1_700_000_000;

    fn entries() -> Entries {
        let entry = |bytes: &[u8], runs| Entry {
            bytes: bytes.to_vec(),
            runs,
        };
        [("b", entry(b"two", false)), ("a/c", entry(b"one", true))]
            .map(|(name, entry)| (name.to_owned(), entry))
            .into()
    }

    #[test]
    fn the_same_entries_make_the_same_bytes() {
        let packed = pack("folder", &entries(), TIME).unwrap();
        assert_eq!(packed, pack("folder", &entries(), TIME).unwrap());
        assert_eq!(packed[4..8], [0; 4], "a time in the header");
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let packed = pack("folder", &entries(), TIME).unwrap();
        let mut found = Vec::new();
        for entry in tar::Archive::new(flate2::read::GzDecoder::new(&*packed))
            .entries()
            .unwrap()
        {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let header = entry.header();
            let facts = (header.mode().unwrap(), header.mtime().unwrap(), header.uid().unwrap());
            found.push((entry.path().unwrap().display().to_string(), text, facts));
        }
        let expected = [
            ("folder/a/c".to_owned(), "one".to_owned(), (0o755, TIME, 0)),
            ("folder/b".to_owned(), "two".to_owned(), (0o644, TIME, 0)),
        ];
        assert_eq!(found, expected);
    }
}
