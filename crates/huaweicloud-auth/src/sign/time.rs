//! The time of a signature.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::{DateTime, date};

/// A whole second of UTC between the years 1970 and 9999, written `YYYYMMDDTHHMMSSZ` as in `X-Sdk-Date`.
///
/// Signer and verifier read no clock: the caller passes the time.
///
/// ```
/// use huaweicloud_auth::SigningTime;
///
/// let now = SigningTime::try_from(std::time::SystemTime::now())?;
/// let sample: SigningTime = "20191115T033655Z".parse()?;
/// assert!(sample < now);
/// assert_eq!(sample.to_string(), "20191115T033655Z");
/// # Ok::<(), huaweicloud_auth::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SigningTime(DateTime);

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

const FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// A time that a signature cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The year is not one of 1970 to 9999.
    #[error("the time lies outside the years 1970 to 9999")]
    OutOfRange,
    /// The text has another form, or a day or hour that does not exist.
    #[error("the time is not of the form YYYYMMDDTHHMMSSZ")]
    Malformed,
}

impl SigningTime {
    /// The time of a Unix timestamp.
    ///
    /// # Errors
    ///
    /// A time before 1970 or after 9999.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, TimeError> {
        let time = EPOCH
            .checked_add(jiff::SignedDuration::from_secs(seconds))
            .map_err(|_| TimeError::OutOfRange)?;
        if time < EPOCH {
            return Err(TimeError::OutOfRange);
        }
        Ok(Self(time))
    }

    /// The Unix timestamp.
    pub fn unix_seconds(self) -> i64 {
        self.0.duration_since(EPOCH).as_secs()
    }

    /// The time between two times, whichever is the earlier.
    pub fn abs_difference(self, other: Self) -> Duration {
        self.0.duration_since(other.0).unsigned_abs()
    }
}

/// Drops the fraction of the second.
impl TryFrom<SystemTime> for SigningTime {
    type Error = TimeError;

    fn try_from(time: SystemTime) -> Result<Self, TimeError> {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(|_| TimeError::OutOfRange)?;
        let seconds = i64::try_from(since.as_secs()).map_err(|_| TimeError::OutOfRange)?;
        Self::from_unix_seconds(seconds)
    }
}

/// Takes exactly 16 characters: every field with all its digits, no leap second.
impl FromStr for SigningTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let time = DateTime::strptime(FORMAT, text).map_err(|_| TimeError::Malformed)?;
        if time < EPOCH {
            return Err(TimeError::OutOfRange);
        }
        let time = Self(time);
        // The parser takes more forms than the one it is given.
        if time.to_string() != text {
            return Err(TimeError::Malformed);
        }
        Ok(time)
    }
}

impl fmt::Display for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime(FORMAT))
    }
}

impl fmt::Debug for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningTime({self})")
    }
}
