//! The INI format of the profile file.
//!
//! No library is used: those at hand copy values into memory that is not wiped, cut a secret at a `#`, or silently take the
//! second of two equal keys.

/// A syntax error. It has the number of the line and never its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IniError {
    #[error("line {0} begins a section without a closing ']'")]
    Section(usize),
    #[error("line {0} is neither a section, a comment nor a key with '=' and its value")]
    Line(usize),
    #[error("line {0} repeats a key of its section")]
    Repeated(usize),
}

/// The keys of a section with their values, as the official SDK reads them: names in any case, the value after the first
/// `=` or `:`, comments on lines of their own. `None` if there is no such section. Other sections belong to other tools and
/// are not checked.
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
    fn section_has_its_values_unchanged() {
        let text = "ak = outside\n[other]\nnot a pair\nak = x\n\n[ basic ]\r\n; ak = comment\n# sk\n  AK=a#b;c\r\nsk :s=:%(ak)s\\\nempty =\n[last]\nsk = y\n";
        let expected = [("ak", "a#b;c"), ("sk", "s=:%(ak)s\\"), ("empty", "")];
        let expected: Vec<_> = expected.map(|(key, value)| (key.to_owned(), value)).into();
        assert_eq!(section(text, "basic"), Ok(Some(expected)));
        assert_eq!(section(text, "Basic"), Ok(None));
        assert_eq!(section("[basic]", "basic"), Ok(Some(Vec::new())));
    }

    #[test]
    fn syntax_errors_name_the_line() {
        assert_eq!(section("\n[basic\n", "basic"), Err(IniError::Section(2)));
        assert_eq!(section("[basic]\nak\n", "basic"), Err(IniError::Line(2)));
        // A section can be repeated, a key within it cannot.
        let twice = "[basic]\nak = a\n[other]\nak = b\n[basic]\nAK = c\n";
        assert_eq!(section(twice, "basic"), Err(IniError::Repeated(6)));
        assert_eq!(
            section(twice, "other").map(|keys| keys.map(|keys| keys.len())),
            Ok(Some(1))
        );
    }
}
