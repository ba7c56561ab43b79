//! Ids in the messages of the service.

/// Whether a message names an id: it stands there, and is not a part of a longer one.
pub(crate) fn names(message: &str, id: &str) -> bool {
    let is_of_id = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    message.match_indices(id).any(|(start, _)| {
        let (before, rest) = message.split_at(start);
        let after = rest.get(id.len()..).unwrap_or_default();
        !before.ends_with(is_of_id) && !after.starts_with(is_of_id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whole_ids_alone() {
        for (message, found) in [
            ("host host-1 not found", true),
            ("[\"host-1\"]", true),
            ("host-1.", true),
            ("host-11 and host-1", true),
            ("host-11", false),
            ("my-host-1", false),
            ("host-1_a", false),
            ("", false),
        ] {
            assert_eq!(names(message, "host-1"), found, "{message}");
        }
    }
}
