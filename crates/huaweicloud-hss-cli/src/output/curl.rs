//! A request as a line for the shell.

use huaweicloud_hss::Preview;

use crate::output::sanitize;

/// The request as one line for a POSIX shell. The token comes from `HSS_AUTH_TOKEN` and over standard input: the
/// arguments of a process can be read by every user of the machine.
pub(crate) fn command_line(preview: &Preview) -> String {
    // curl writes these itself.
    let is_written = |name: &str| matches!(name, "host" | "content-length" | "x-auth-token");
    let mut line = r#"printf 'x-auth-token: %s\n' "$HSS_AUTH_TOKEN" | curl --globoff"#.to_owned();
    line += &format!(" --request {} --header @-", preview.method());
    for (name, value) in preview.headers().filter(|(name, _)| !is_written(name)) {
        line += &format!(" --header {}", quoted(&format!("{name}: {value}")));
    }
    line += &format!(" --data-raw {}", quoted(&sanitize::json(preview.body())));
    line += &format!(" {}", quoted(preview.url()));
    line
}

/// The text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
