//! What to do about a signature that the gateway refused.

use std::time::Duration;

use huaweicloud_auth::SigningTime;

/// The gateway takes a request this long before and after its own time.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// What precedes the service's time where a message holds it.
const SERVER_TIME: &str = "server time";

/// What precedes the gateway's own canonical request, which it may echo with `|` for each line feed.
const ECHO: &str = "canonicalRequest:";

/// The hint. `ours` is the canonical request that was signed at `now`, secrets masked; `date` the answer's header;
/// `key` the access key in words.
pub(crate) fn hint(
    message: &str,
    ours: Option<&str>,
    now: Option<SigningTime>,
    date: Option<&str>,
    key: &str,
) -> String {
    if message.to_lowercase().contains("lock") {
        return format!("the {key} is locked: more than five refusals in a row do that; wait five minutes");
    }
    if let (Some(now), Some(server)) = (now, server_time(message, date))
        && now.abs_difference(server) > SKEW
    {
        let minutes = now.abs_difference(server).as_secs() / 60;
        let side = if now > server { "ahead of" } else { "behind" };
        return format!("this machine's clock is {minutes} minutes {side} the service's; set it right");
    }
    match (message.split_once(ECHO), ours) {
        (Some((_, theirs)), Some(ours)) => first_difference(theirs, ours),
        _ => format!("check the {key}: it is unknown, has expired, or has another secret key"),
    }
}

fn first_difference(theirs: &str, ours: &str) -> String {
    let mut pairs = theirs.trim_end().split('|').zip(ours.split('\n')).enumerate();
    match pairs.find(|(_, (theirs, ours))| theirs != ours) {
        Some((index, (theirs, ours))) => format!(
            "the gateway computed the signature over a different request: line {} of the canonical request is `{theirs}` at the \
             gateway, `{ours}` here; a proxy may be rewriting requests",
            index + 1
        ),
        None => "the request matches, so the secret key does not belong to this access key".to_owned(),
    }
}

/// The service's own time: from the message where it holds one, such as `20260403T080000Z`, or from the header `Date`.
fn server_time(message: &str, date: Option<&str>) -> Option<SigningTime> {
    // Only after its name: the message can hold the request's own time too.
    let after = message
        .to_lowercase()
        .find(SERVER_TIME)
        .and_then(|at| message.get(at..));
    let mut words = after.unwrap_or_default().split(|c: char| !c.is_ascii_alphanumeric());
    let stated = words.find_map(|word| word.parse().ok());
    stated.or_else(|| {
        let date = jiff::fmt::rfc2822::parse(date?).ok()?;
        SigningTime::from_unix_seconds(date.timestamp().as_second()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "PUT\n/v5/p/\n\nhost:here\nx-sdk-date:20260403T080000Z\n\nhost;x-sdk-date\nabc";

    fn time(text: &str) -> SigningTime {
        text.parse().unwrap()
    }

    fn shown(message: &str, server: Option<&str>) -> String {
        let now = Some(time("20260403T080000Z"));
        hint(message, Some(OURS), now, server, "access key QTWA…")
    }

    #[test]
    fn names_the_skew_of_a_wrong_clock() {
        let behind = shown("refused", Some("Fri, 03 Apr 2026 08:30:00 GMT"));
        assert_eq!(
            behind,
            "this machine's clock is 30 minutes behind the service's; set it right"
        );
        let ahead = shown("refused", Some("Fri, 03 Apr 2026 07:00:00 GMT"));
        assert_eq!(
            ahead,
            "this machine's clock is 60 minutes ahead of the service's; set it right"
        );
        let near = shown("refused", Some("Fri, 03 Apr 2026 08:15:00 GMT"));
        assert!(near.starts_with("check the access key QTWA…: it is unknown"), "{near}");
    }

    #[test]
    fn says_how_long_a_locked_key_stays_locked() {
        assert!(shown("The access key is locked.", None).contains("wait five minutes"));
    }

    #[test]
    fn names_the_first_line_that_differs() {
        let echo = |text: &str| shown(&format!("no, canonicalRequest:{text}"), None);
        assert!(echo(&OURS.replace('\n', "|")).contains("the secret key does not belong to this access key"));
        let other = echo(&OURS.replace('\n', "|").replace("host:here", "host:there"));
        assert!(
            other.contains("line 4 of the canonical request is `host:there` at the gateway, `host:here` here"),
            "{other}"
        );
    }

    #[test]
    fn reads_the_services_time_from_message_or_date() {
        let date = Some("Fri, 03 Apr 2026 08:00:00 GMT");
        assert_eq!(server_time("nothing", date), Some(time("20260403T080000Z")));
        assert_eq!(
            server_time("the server time: 20260403T090000Z.", date),
            Some(time("20260403T090000Z"))
        );
        assert_eq!(
            server_time("canonicalRequest:PUT|x-sdk-date:20260403T090000Z", None),
            None
        );
        assert_eq!(server_time("nothing", Some("yesterday")), None);
    }
}
