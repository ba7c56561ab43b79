//! Lists with bounds.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

use crate::limit::{self, LimitError};

/// A list of at least `MIN` and at most `MAX` items; there is no other way to hold one than to have passed that check.
///
/// ```
/// use huaweicloud_hss::raw::types::{HostId, HostIdList};
///
/// let ids: Vec<HostId> = (0..1001).map(|number| HostId(format!("host-{number}"))).collect();
/// let error = HostIdList::try_from(ids).unwrap_err();
/// assert_eq!(error.to_string(), "1001 items found, 1 to 1000 allowed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct List<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    /// The fewest items that the list can have.
    pub const MIN: usize = MIN;
    /// The most items that the list can have.
    pub const MAX: usize = MAX;

    /// The items.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MIN: usize, const MAX: usize> TryFrom<Vec<T>> for List<T, MIN, MAX> {
    type Error = LimitError;

    fn try_from(items: Vec<T>) -> Result<Self, LimitError> {
        limit::items(items.len(), MIN, MAX)?;
        Ok(Self(items))
    }
}

impl<T, const MIN: usize, const MAX: usize> Deref for List<T, MIN, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>, const MIN: usize, const MAX: usize> Deserialize<'de> for List<T, MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
impl<T: schemars::JsonSchema, const MIN: usize, const MAX: usize> schemars::JsonSchema for List<T, MIN, MAX> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "array", "minItems": MIN, "maxItems": MAX, "items": items })
    }
}
