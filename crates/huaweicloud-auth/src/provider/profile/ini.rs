//! The INI format of the profile file.
//!
//! No library is used: those at hand copy values into memory that is not wiped, cut a secret at a `#`, or silently take
//! the second of two equal keys.

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

/// A key of a section, in lower case, with its value and the number of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) key: String,
    pub(crate) value: &'a str,
    pub(crate) line: usize,
}

/// What a line is.
enum Line<'a> {
    Title(&'a str),
    Text(&'a str),
}

/// The lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = Result<(usize, Line<'_>), IniError>> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let speaking = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']));
    speaking.map(|(number, line)| match line.strip_prefix('[') {
        Some(rest) => {
            let (title, _) = rest.split_once(']').ok_or(IniError::Section(number))?;
            Ok((number, Line::Title(title.trim())))
        }
        None => Ok((number, Line::Text(line))),
    })
}

/// The entries of a section, as the official SDK reads them: names in any case, the value after the first `=` or `:`,
/// comments on lines of their own. `None` if there is no such section. Other sections belong to other tools and are not
/// checked.
pub(crate) fn section<'a>(text: &'a str, name: &str) -> Result<Option<Vec<Entry<'a>>>, IniError> {
    let mut found: Option<Vec<Entry<'_>>> = None;
    let mut within = false;
    for line in lines(text) {
        let (number, line) = match line? {
            (_, Line::Title(title)) => {
                within = title == name;
                if within {
                    found.get_or_insert_default();
                }
                continue;
            }
            (number, Line::Text(line)) => (number, line),
        };
        let Some(entries) = found.as_mut().filter(|_| within) else {
            continue;
        };
        let (key, value) = line.split_once(['=', ':']).ok_or(IniError::Line(number))?;
        let (key, value) = (key.trim().to_lowercase(), value.trim());
        if entries.iter().any(|known| known.key == key) {
            return Err(IniError::Repeated(number));
        }
        entries.push(Entry {
            key,
            value,
            line: number,
        });
    }
    Ok(found)
}

/// The titles of the sections, each once, in their order.
pub(crate) fn titles(text: &str) -> Vec<&str> {
    let mut titles = Vec::new();
    for line in lines(text) {
        if let Ok((_, Line::Title(title))) = line
            && !titles.contains(&title)
        {
            titles.push(title);
        }
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_has_its_values_unchanged() {
        let text = "ak = outside\n[other]\nnot a pair\nak = x\n\n[ basic ]\r\n; ak = comment\n# sk\n  AK=a#b;c\r\nsk :s=:%(ak)s\\\nempty =\n[last]\nsk = y\n";
        let expected = [("ak", "a#b;c", 9), ("sk", "s=:%(ak)s\\", 10), ("empty", "", 11)];
        let entry = |(key, value, line): (&str, _, _)| Entry {
            key: key.to_owned(),
            value,
            line,
        };
        assert_eq!(section(text, "basic"), Ok(Some(expected.map(entry).into())));
        assert_eq!(section(text, "Basic"), Ok(None));
        assert_eq!(section("[basic]", "basic"), Ok(Some(Vec::new())));
        assert_eq!(titles(text), ["other", "basic", "last"]);
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
        assert_eq!(titles(twice), ["basic", "other"]);
    }
}
