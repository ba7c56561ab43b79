//! Times of the service.

use std::io::{self, IsTerminal};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time in milliseconds as RFC 3339; `None` where no clock can show it.
pub(crate) fn rfc3339(milliseconds: Option<i64>) -> Option<String> {
    let moment = Timestamp::from_millisecond(milliseconds?).ok()?;
    Some(format!("{moment:.0}"))
}

/// The same for people: local on a terminal.
pub(crate) fn shown(milliseconds: Option<i64>) -> String {
    let moment = milliseconds.and_then(|time| Timestamp::from_millisecond(time).ok());
    match moment {
        Some(moment) if io::stdout().is_terminal() => {
            let local = moment.to_zoned(TimeZone::system());
            // As ls does it, so that a line of a table fits.
            let is_old = Timestamp::now().duration_since(moment).as_hours().abs() > 180 * 24;
            let form = if is_old { "%Y-%m-%d" } else { "%m-%d %H:%M" };
            local.strftime(form).to_string()
        }
        Some(moment) => format!("{moment:.0}"),
        None => "-".to_owned(),
    }
}
