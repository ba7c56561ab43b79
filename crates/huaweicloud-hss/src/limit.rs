//! Limits on lengths and counts, and what a value outside them is told.

use std::fmt;

/// A value outside its limits: how much was found, and how much is allowed.
///
/// ```
/// use huaweicloud_hss::raw::types::ScanTypeList;
///
/// let error = ScanTypeList::try_from(vec![]).unwrap_err();
/// assert_eq!(error.to_string(), "0 items found, 1 to 3 allowed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitError {
    /// How many there are.
    pub found: usize,
    /// The fewest allowed.
    pub min: usize,
    /// The most allowed.
    pub max: usize,
    unit: &'static str,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { found, min, max, unit } = self;
        let plural = if *found == 1 { "" } else { "s" };
        write!(f, "{found} {unit}{plural} found, {min} to {max} allowed")
    }
}

impl std::error::Error for LimitError {}

/// Checks a text's length in characters, as the vendor counts, not in bytes.
pub(crate) fn characters(value: &str, min: usize, max: usize) -> Result<(), String> {
    check(value.chars().count(), min, max, "character").map_err(|error| error.to_string())
}

/// Checks the number of items of a list.
pub(crate) fn items(found: usize, min: usize, max: usize) -> Result<(), LimitError> {
    check(found, min, max, "item")
}

fn check(found: usize, min: usize, max: usize, unit: &'static str) -> Result<(), LimitError> {
    if (min..=max).contains(&found) {
        return Ok(());
    }
    Err(LimitError { found, min, max, unit })
}
