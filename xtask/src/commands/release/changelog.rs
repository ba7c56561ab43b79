//! The first section of a changelog, or the first of one document in it, which is that of the version to come.

use anyhow::{Context, Result, bail, ensure};

const OPEN: &str = "not released";

/// The text with a date in the heading of this version, and whether it was there already. A heading begins with the name of
/// what the changelog is about, if it is about several things.
pub fn cut(text: &str, name: Option<&str>, version: &str, date: &str) -> Result<(String, bool)> {
    let begin = name.map_or_else(|| "## ".to_owned(), |name| format!("## {name} "));
    let heading = text.lines().find(|line| line.starts_with(&begin));
    let heading = heading.with_context(|| format!("no section begins with {begin:?}"))?;
    let wanted = format!("{begin}{version}, ");
    let Some(when) = heading.strip_prefix(&wanted) else {
        bail!("the first section is {heading:?}, and the version is {version}");
    };
    let section = text.split(heading).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    ensure!(section.contains("\n- "), "the section of {version} says nothing");
    if when == OPEN {
        Ok((text.replacen(heading, &format!("{wanted}{date}"), 1), false))
    } else {
        ensure!(is_date(when), "{heading:?} ends with neither a date nor {OPEN:?}");
        Ok((text.to_owned(), true))
    }
}

fn is_date(text: &str) -> bool {
    let form = |(byte, like)| {
        if like == b'0' {
            u8::is_ascii_digit(&byte)
        } else {
            byte == like
        }
    };
    text.len() == 10 && text.bytes().zip(*b"0000-00-00").all(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "2026-01-02";

    #[test]
    fn the_first_section_gets_the_date_once() {
        let text = "# Changes\n\n## 1.1.0, not released\n\n- b\n\n## 1.0.0, not released\n\n- a\n";
        let (dated, was_there) = cut(text, None, "1.1.0", DATE).unwrap();
        assert_eq!(dated, text.replacen("not released", DATE, 1));
        assert!(!was_there);
        assert_eq!(cut(&dated, None, "1.1.0", "2027-01-01").unwrap(), (dated, true));
    }

    #[test]
    fn each_document_has_sections_of_its_own() {
        let text = "## a 1.1.0, 2025-01-01\n\n- a\n\n## a-b 0.1.0, not released\n\n- b\n";
        assert_eq!(cut(text, Some("a"), "1.1.0", DATE).unwrap(), (text.to_owned(), true));
        let dated = cut(text, Some("a-b"), "0.1.0", DATE).unwrap();
        assert_eq!(dated, (text.replacen("not released", DATE, 1), false));
        let error = cut(text, Some("b"), "0.1.0", DATE).unwrap_err().to_string();
        assert!(error.contains("no section begins with \"## b \""), "{error}");
    }

    #[test]
    fn refuses_another_version_an_empty_section_and_no_date() {
        for (text, problem) in [
            ("## 1.0.0, not released\n\n- a\n", "the version is 1.1.0"),
            (
                "## 1.1.0, not released\n\n## 1.0.0, 2025-01-01\n\n- a\n",
                "says nothing",
            ),
            ("## 1.1.0, soon\n\n- a\n", "neither a date"),
            ("- a\n", "no section"),
        ] {
            let error = cut(text, None, "1.1.0", DATE).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
