//! The width of integers, which JSON Schema does not check: the formats `int32` and `int64` of OpenAPI.

use std::ops::RangeInclusive;

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

/// Integers that a format takes. As `minimum` of the schema it would take too much: a parser rounds what is just below to it.
struct Width(RangeInclusive<i64>);

/// Compiles the keyword `format`.
pub(super) fn of_format<'d>(
    _schema: &'d Map<String, Value>,
    format: &'d Value,
    _path: Location,
) -> Result<Box<dyn for<'v> Keyword<'v>>, ValidationError<'d>> {
    match format.as_str() {
        Some("int32") => Ok(Box::new(Width(i32::MIN.into()..=i32::MAX.into()))),
        Some("int64") => Ok(Box::new(Width(i64::MIN..=i64::MAX))),
        _ => Err(ValidationError::custom(format!("the format {format} is not simulated"))),
    }
}

impl<'v> Keyword<'v> for Width {
    fn validate(&self, value: &'v Value) -> Result<(), ValidationError<'v>> {
        if self.is_valid(value) {
            return Ok(());
        }
        let (min, max) = (self.0.start(), self.0.end());
        Err(ValidationError::custom(format!("value is not between {min} and {max}")))
    }

    fn is_valid(&self, value: &'v Value) -> bool {
        !value.is_number() || value.as_i64().is_some_and(|number| self.0.contains(&number))
    }
}
