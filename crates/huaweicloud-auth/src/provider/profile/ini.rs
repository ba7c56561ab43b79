//! The profile file's form.
//!
//! Read here and not by a library: those at hand copy values into memory that is never wiped, cut a secret at a `#`, and
//! let the second of two equal keys win without a word.

/// What is wrong with a file. It shows the number of the line and never the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IniError {
    #[error("line {0} begins a section and has no ']'")]
    Section(usize),
    #[error("line {0} is neither a section, a comment nor a key with '=' and its value")]
    Line(usize),
    #[error("line {0} has a key that the section had before")]
    Repeated(usize),
}

/// The keys of a section with their values, as the official SDK reads them: names in any case, the value behind the
/// first `=` or `:`, comments on lines of their own. `None` where there is no such section.
///
/// Other sections are other tools' business, whatever they hold.
pub(crate) fn section<'a>(text: &'a str, name: &str) -> Result<Option<Vec<(String, &'a str)>>, IniError> {
    let mut found: Option<Vec<(String, &str)>> = None;
    let mut within = false;
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let (title, _) = rest.split_once(']').ok_or(IniError::Section(number))?;
            within = title.trim() == name;
            if within {
                found.get_or_insert_default();
            }
            continue;
        }
        let Some(keys) = found.as_mut().filter(|_| within) else {
            continue;
        };
        let (key, value) = line.split_once(['=', ':']).ok_or(IniError::Line(number))?;
        let key = key.trim().to_lowercase();
        if keys.iter().any(|(known, _)| *known == key) {
            return Err(IniError::Repeated(number));
        }
        keys.push((key, value.trim()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_whole() {
        let text = "ak = outside\n[other]\nnot a pair\nak = x\n\n[ basic ]\r\n; ak = comment\n# sk\n  AK=a#b;c\r\nsk :s=:%(ak)s\\\nempty =\n[last]\nsk = y\n";
        let expected = [("ak", "a#b;c"), ("sk", "s=:%(ak)s\\"), ("empty", "")];
        let expected: Vec<_> = expected.map(|(key, value)| (key.to_owned(), value)).into();
        assert_eq!(section(text, "basic"), Ok(Some(expected)));
        assert_eq!(section(text, "Basic"), Ok(None));
        assert_eq!(section("[basic]", "basic"), Ok(Some(Vec::new())));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line() {
        assert_eq!(section("\n[basic\n", "basic"), Err(IniError::Section(2)));
        assert_eq!(section("[basic]\nak\n", "basic"), Err(IniError::Line(2)));
        // The section can stand twice; its keys cannot.
        let twice = "[basic]\nak = a\n[other]\nak = b\n[basic]\nAK = c\n";
        assert_eq!(section(twice, "basic"), Err(IniError::Repeated(6)));
        assert_eq!(
            section(twice, "other").map(|keys| keys.map(|keys| keys.len())),
            Ok(Some(1))
        );
    }
}
