//! A request as a shell command.

use huaweicloud_hss::Preview;
use huaweicloud_hss::auth::sanitize;

/// The request as one line for a POSIX shell. curl reads the token from standard input, because every user of a machine
/// can read the arguments of its processes.
pub(crate) fn command_line(preview: &Preview) -> String {
    // curl or standard input provides these.
    let is_provided = |name: &str| matches!(name, "host" | "content-length" | "x-auth-token");
    let mut line = r#"printf 'x-auth-token: %s\n' "$HSS_AUTH_TOKEN" | curl --globoff"#.to_owned();
    line += &format!(" --request {} --header @-", preview.method());
    for (name, value) in preview.headers().filter(|(name, _)| !is_provided(name)) {
        line += &format!(" --header {}", quoted(&format!("{name}: {value}")));
    }
    line += &format!(" --data-raw {}", quoted(&sanitize::escape_json(preview.body())));
    line += &format!(" {}", quoted(preview.url()));
    line
}

/// Quotes a text as one word of a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
