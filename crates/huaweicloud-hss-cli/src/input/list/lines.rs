//! A list with one entry a line.

use super::entry::{Kind, is_same_title, shown};
use super::found::{List, numbered};

/// Reads the lines after the first `skipped`. A blank line or a comment holds nothing.
pub(super) fn read(text: &str, skipped: u32, kind: Kind, list: &mut List) {
    // A line after the title of a column is no title.
    let (mut is_first, mut may_be_title) = (skipped == 0, false);
    for (line, text) in numbered(text, skipped) {
        let text = text.trim();
        let entry = match text.chars().next() {
            None | Some('#') => continue,
            Some('"') if is_first && has_fields(text, kind) && serde_json::from_str::<String>(text).is_err() => {
                Err(unknown_table(text))
            }
            Some('{' | '"') => kind.json(line, text),
            Some('[') => Err("the begin of a JSON array; a list is one array, or one id a line".to_owned()),
            Some(_) if is_first && has_fields(text, kind) => Err(unknown_table(text)),
            Some(_) if is_first && kind.titles().iter().any(|title| is_same_title(title, text)) => Err(format!(
                "{} looks like the title of a column; remove it, or write it as a JSON string if it is an id",
                shown(text)
            )),
            Some(_) => {
                may_be_title |= is_first;
                kind.plain(line, text)
            }
        };
        is_first = false;
        list.push(line, entry);
    }
    if may_be_title {
        refuse_title(list);
    }
}

fn unknown_table(text: &str) -> String {
    let shown = shown(text);
    format!("{shown} has several fields; write one id a line, or name the column of a table with --column")
}

/// Whether a first line that is no known header looks like a row of a table.
fn has_fields(text: &str, kind: Kind) -> bool {
    text.contains([',', ';', '\t']) && (kind == Kind::Hosts || !text.contains('='))
}

/// Every id of the service has digits. A first line without any, above lines that have them, is the title of a column.
fn refuse_title(list: &mut List) {
    let has_digit = |id: &str| id.contains(|c: char| c.is_ascii_digit());
    let title = list.entries.ids().next().filter(|title| !has_digit(title)).map(shown);
    let is_above_ids = list.entries.len() > 1 && list.entries.ids().skip(1).all(has_digit);
    if let Some(title) = title.filter(|_| is_above_ids) {
        let reason = format!(
            "{title} has no digit, and every other id has one: it looks like the title of a column; remove it, or write \
             it as a JSON string if it is an id"
        );
        let line = list.entries.line(0);
        list.entries.remove_first();
        list.bad.push(line, reason);
    }
}
