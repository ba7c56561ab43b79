//! The moment that a signature is made at.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::{DateTime, date};

/// A whole second of UTC between the years 1970 and 9999, written `YYYYMMDDTHHMMSSZ` as in `X-Sdk-Date`.
///
/// Signer and verifier never ask the machine what time it is: the caller hands it in.
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

/// A time that no signature can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The year is not one of 1970 to 9999.
    #[error("the time lies outside the years 1970 to 9999")]
    OutOfRange,
    /// The text has another form, or names a day or hour that does not exist.
    #[error("the time is not of the form YYYYMMDDTHHMMSSZ")]
    Malformed,
}

impl SigningTime {
    /// The time so many seconds after the start of 1970.
    ///
    /// # Errors
    ///
    /// Where that is before 1970 or after 9999.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, TimeError> {
        let time = EPOCH
            .checked_add(jiff::SignedDuration::from_secs(seconds))
            .map_err(|_| TimeError::OutOfRange)?;
        if time < EPOCH {
            return Err(TimeError::OutOfRange);
        }
        Ok(Self(time))
    }

    /// The seconds since the start of 1970.
    pub fn unix_seconds(self) -> i64 {
        self.0.duration_since(EPOCH).as_secs()
    }

    /// How far two times lie apart, whichever is the earlier.
    pub fn abs_difference(self, other: Self) -> Duration {
        self.0.duration_since(other.0).unsigned_abs()
    }
}

/// Parts of a second are cut off.
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

/// Takes the one form alone: 16 characters, every field with all its digits, no leap second.
impl FromStr for SigningTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
            return Err(TimeError::Malformed);
        }
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().try_fold(0_i16, |value, byte| {
                let digit = byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
                digit.map(|digit| value * 10 + digit).ok_or(TimeError::Malformed)
            })
        };
        // Two digits at most: never too large.
        let short =
            |from| number(from, from + 2).and_then(|value| i8::try_from(value).map_err(|_| TimeError::Malformed));
        let time = DateTime::new(
            number(0, 4)?,
            short(4)?,
            short(6)?,
            short(9)?,
            short(11)?,
            short(13)?,
            0,
        )
        .map_err(|_| TimeError::Malformed)?;
        if time < EPOCH {
            return Err(TimeError::OutOfRange);
        }
        Ok(Self(time))
    }
}

impl fmt::Display for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        write!(
            f,
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

impl fmt::Debug for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningTime({self})")
    }
}
