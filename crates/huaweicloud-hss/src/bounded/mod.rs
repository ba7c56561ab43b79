//! Strings, integers and lists with the bounds of the OpenAPI document, and the rules for ids.

mod id;

use std::fmt;
use std::ops::Deref;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::{Deserialize, Serialize};

pub(crate) use id::{check_id, id};

/// Why a string, an integer or a list was refused. `Display` names the limit and what was found.
///
/// ```
/// use huaweicloud_hss::raw::types::{ScanTypeList, VulScanTaskId};
///
/// let error = ScanTypeList::try_from(vec![]).unwrap_err();
/// assert_eq!(error.to_string(), "0 items found, 1 to 3 allowed");
/// let error = VulScanTaskId::try_from("ü".repeat(257)).unwrap_err();
/// assert_eq!(error.to_string(), "257 characters found, 1 to 256 allowed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitError {
    /// The string has too few or too many characters. Characters are counted, not bytes.
    #[non_exhaustive]
    Characters {
        /// Number of characters found.
        found: usize,
        /// Smallest number allowed.
        min: usize,
        /// Largest number allowed.
        max: usize,
    },
    /// The list has too few or too many items.
    #[non_exhaustive]
    Items {
        /// Number of items found.
        found: usize,
        /// Smallest number allowed.
        min: usize,
        /// Largest number allowed.
        max: usize,
    },
    /// The integer is too small or too large.
    #[non_exhaustive]
    Integer {
        /// Integer found.
        found: i64,
        /// Smallest integer allowed.
        min: i64,
        /// Largest integer allowed.
        max: i64,
    },
    /// The id is `.` or `..`. A URL with such a path segment leads to another path, also percent-encoded.
    DotSegment(&'static str),
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, min, max, unit) = match self {
            Self::Characters { found, min, max } => (found, min, max, "character"),
            Self::Items { found, min, max } => (found, min, max, "item"),
            Self::Integer { found, min, max } => return write!(f, "{found} found, {min} to {max} allowed"),
            Self::DotSegment(id) => {
                return write!(f, "`{id}` found, which no URL can carry: it would lead to another path");
            }
        };
        let plural = if *found == 1 { "" } else { "s" };
        write!(f, "{found} {unit}{plural} found, {min} to {max} allowed")
    }
}

impl std::error::Error for LimitError {}

/// Checks the number of characters, which is what the vendor counts.
pub(crate) fn check_characters(value: &str, min: usize, max: usize) -> Result<(), LimitError> {
    let found = value.chars().count();
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(LimitError::Characters { found, min, max })
    }
}

/// Checks the number of items.
pub(crate) fn check_items(found: usize, min: usize, max: usize) -> Result<(), LimitError> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(LimitError::Items { found, min, max })
    }
}

/// Refuses `.` and `..`, which cannot be sent as a path segment.
pub(crate) fn check_segment(value: &str) -> Result<(), LimitError> {
    match value {
        "." => Err(LimitError::DotSegment(".")),
        ".." => Err(LimitError::DotSegment("..")),
        _ => Ok(()),
    }
}

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes an id, so that it stays one path segment.
pub(crate) fn encode_path(id: &str) -> PercentEncode<'_> {
    utf8_percent_encode(id, RESERVED)
}

/// Declares a string type with a length in characters; `path` marks an id that becomes a path segment.
macro_rules! bounded_string {
    ($(#[$attribute:meta])* $name:ident, $min:literal..=$max:literal $(, $path:ident)?) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(try_from = "::std::string::String", into = "::std::string::String")]
        pub struct $name(::std::string::String);

        impl ::std::convert::TryFrom<::std::string::String> for $name {
            type Error = $crate::LimitError;

            fn try_from(value: ::std::string::String) -> ::std::result::Result<Self, $crate::LimitError> {
                $($crate::bounded::bounded_string!(@$path &value);)?
                $crate::bounded::check_characters(&value, $min, $max)?;
                Ok(Self(value))
            }
        }

        impl ::std::convert::TryFrom<&str> for $name {
            type Error = $crate::LimitError;

            fn try_from(value: &str) -> ::std::result::Result<Self, $crate::LimitError> {
                value.to_owned().try_into()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::LimitError;

            fn from_str(value: &str) -> ::std::result::Result<Self, $crate::LimitError> {
                value.try_into()
            }
        }

        impl ::std::convert::From<$name> for ::std::string::String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl ::std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "minLength": $min, "maxLength": $max })
            }
        }
    };
    (@path $value:expr) => {
        $crate::bounded::check_segment($value)?
    };
}
pub(crate) use bounded_string;

/// Declares an integer type with bounds.
#[allow(unused_macros, reason = "only the integers of `raw::tasks` have bounds")]
macro_rules! bounded_integer {
    ($(#[$attribute:meta])* $name:ident, $min:literal..=$max:literal) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl ::std::convert::TryFrom<i64> for $name {
            type Error = $crate::LimitError;

            fn try_from(found: i64) -> ::std::result::Result<Self, $crate::LimitError> {
                if ($min..=$max).contains(&found) {
                    Ok(Self(found))
                } else {
                    Err($crate::LimitError::Integer { found, min: $min, max: $max })
                }
            }
        }

        impl ::std::convert::From<$name> for i64 {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl ::std::ops::Deref for $name {
            type Target = i64;

            fn deref(&self) -> &i64 {
                &self.0
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "integer", "minimum": $min, "maximum": $max })
            }
        }
    };
}
#[allow(unused_imports, reason = "only the integers of `raw::tasks` have bounds")]
pub(crate) use bounded_integer;

/// A list of `MIN` to `MAX` items. Every way to make one checks the number.
///
/// ```
/// use huaweicloud_hss::raw::types::{HostId, HostIdList};
///
/// let ids: Vec<HostId> = (0..=HostIdList::MAX).map(|number| HostId(format!("host-{number}"))).collect();
/// let error = HostIdList::try_from(ids).unwrap_err();
/// assert_eq!(error.to_string(), format!("{} items found, 1 to {} allowed", HostIdList::MAX + 1, HostIdList::MAX));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>")]
pub struct List<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> List<T, MIN, MAX> {
    /// Smallest number of items.
    pub const MIN: usize = MIN;
    /// Largest number of items.
    pub const MAX: usize = MAX;

    /// The items.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MIN: usize, const MAX: usize> TryFrom<Vec<T>> for List<T, MIN, MAX> {
    type Error = LimitError;

    fn try_from(items: Vec<T>) -> Result<Self, LimitError> {
        check_items(items.len(), MIN, MAX)?;
        Ok(Self(items))
    }
}

impl<T, const MIN: usize, const MAX: usize> Deref for List<T, MIN, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::Url;

    use super::*;

    fn segments(id: &str) -> Vec<String> {
        let url = Url::parse(&format!("https://host/v5/{}/end", encode_path(id))).unwrap();
        let decode = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8()
                .unwrap()
                .into_owned()
        };
        url.path().split('/').skip(1).map(decode).collect()
    }

    bounded_integer!(Limit, -5..=200);

    #[test]
    fn integers_outside_their_bounds_are_refused_with_both_bounds() {
        assert_eq!(Limit::try_from(-5).map(i64::from), Ok(-5));
        assert_eq!(serde_json::from_str::<Limit>("200").map(|limit| *limit).unwrap(), 200);
        assert_eq!(
            Limit::try_from(201).unwrap_err().to_string(),
            "201 found, -5 to 200 allowed"
        );
        assert!(serde_json::from_str::<Limit>("-6").is_err());
    }

    #[test]
    fn dot_segments_are_refused_because_urls_collapse_them() {
        assert_eq!(segments(".."), ["end"]);
        assert_eq!(Url::parse("https://host/v5/%2e%2E/end").unwrap().path(), "/end");
        assert!(check_segment(".").is_err() && check_segment("..").is_err());
        assert!(check_segment("...").is_ok() && check_segment("%2e").is_ok() && check_segment("").is_ok());
    }

    proptest! {
        #[test]
        fn every_other_id_stays_one_segment(id in any::<String>()) {
            prop_assume!(check_segment(&id).is_ok());
            prop_assert_eq!(segments(&id), ["v5", &id, "end"]);
        }

        #[test]
        fn ids_of_url_characters_stay_one_segment(id in r"[./\\%?#;:@&=+ 2eE\x00-\x1f]{1,12}") {
            prop_assume!(check_segment(&id).is_ok());
            prop_assert_eq!(segments(&id), ["v5", &id, "end"]);
        }
    }
}
