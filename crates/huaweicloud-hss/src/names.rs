//! One table for the names of an enum's values.

use std::fmt;

/// A text is not the name of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownNameError(pub(crate) &'static str);

impl fmt::Display for UnknownNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the name of an {}", self.0)
    }
}

impl std::error::Error for UnknownNameError {}

/// Implements `as_str`, `Display`, `FromStr` and `Serialize` by one table.
macro_rules! names {
    ($type:ident, $what:literal, { $($(#[$attribute:meta])* $variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            #[doc = concat!("The name of the ", $what, " in lower case, as in journals, logs and the command line's JSON.")]
            pub fn as_str(self) -> &'static str {
                match self {
                    $($(#[$attribute])* Self::$variant => $name,)+
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::names::UnknownNameError;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($(#[$attribute])* $name => Ok(Self::$variant),)+
                    _ => Err($crate::names::UnknownNameError($what)),
                }
            }
        }

        impl ::serde::Serialize for $type {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use names;

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, OperationId, Outcome};

    #[test]
    fn a_name_survives_display_parsing_and_json() {
        assert_eq!(
            format!("{:>10}|{}", Outcome::NotSent, ErrorKind::NotFound),
            "  not_sent|not_found"
        );
        assert_eq!("refused".parse(), Ok(Outcome::Refused));
        assert_eq!("retry_task".parse(), Ok(OperationId::RetryTask));
        assert_eq!(serde_json::to_string(&ErrorKind::NotFound).unwrap(), r#""not_found""#);
        let error = "Refused".parse::<ErrorKind>().unwrap_err();
        assert_eq!(error.to_string(), "not the name of an error kind");
    }
}
