//! Lists of answers.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

/// A list of an answer. A row that cannot be read does not cost the others; it is counted.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_hss::Rows;
///
/// let rows: Rows<u8> = serde_json::from_str("[1, 2, 300, null]")?;
/// assert_eq!((&*rows, rows.unreadable()), (&[1, 2][..], 2));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Rows<T> {
    rows: Vec<T>,
    #[serde(skip)]
    unreadable: usize,
}

impl<T> Rows<T> {
    /// Number of rows that could not be read and are missing here.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The rows.
    pub fn into_vec(self) -> Vec<T> {
        self.rows
    }
}

impl<T> Deref for Rows<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Row<T> {
            Read(T),
            Unreadable(serde::de::IgnoredAny),
        }
        let all = Vec::<Row<T>>::deserialize(deserializer)?;
        let total = all.len();
        let rows: Vec<T> = all
            .into_iter()
            .filter_map(|row| match row {
                Row::Read(row) => Some(row),
                Row::Unreadable(_) => None,
            })
            .collect();
        let unreadable = total - rows.len();
        Ok(Self { rows, unreadable })
    }
}

#[cfg(test)]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Rows<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("RowsOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "array", "items": items })
    }
}
