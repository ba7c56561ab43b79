//! A list that is a JSON array.

use std::fmt;

use huaweicloud_hss::auth::sanitize::find_invisible;
use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::entry::{Kind, without_place};
use super::found::{List, numbered};

/// Reads the strings and objects of the array, on one line or on many.
pub(super) fn read(text: &str, kind: Kind, list: &mut List) {
    let mut reader = serde_json::Deserializer::from_str(text);
    let values = Values {
        text,
        kind,
        list: &mut *list,
    };
    let read = reader.deserialize_seq(values).and_then(|()| reader.end());
    if let Err(error) = read {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
        list.bad.push(line, reason(text, &error));
    }
}

/// Takes each value as it comes, so that not all of them are in memory.
struct Values<'a> {
    text: &'a str,
    kind: Kind,
    list: &'a mut List,
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let (mut line, mut counted) = (1, 0);
        while let Some(value) = values.next_element::<&RawValue>()? {
            // A value borrows from the text, so its address tells where it stands.
            let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
            let before = self.text.get(counted..start).unwrap_or_default();
            line += u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX);
            counted = start;
            self.list.push(line, self.kind.json(line, value.get()));
        }
        Ok(())
    }
}

/// Why the text is no array. A character that cannot be seen is the likely reason.
fn reason(text: &str, error: &serde_json::Error) -> String {
    let reason = without_place(error);
    let hidden = numbered(text, 0).find_map(|(line, text)| Some((line, find_invisible(&text.replace('\t', " "))?)));
    match hidden {
        Some((line, found)) => format!("{reason}; line {line} has {found}"),
        None => reason,
    }
}
