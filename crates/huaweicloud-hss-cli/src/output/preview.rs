//! The request of a dry run, as text and as JSON.

use huaweicloud_hss::auth::sanitize;
use std::collections::BTreeMap;

use huaweicloud_hss::Preview;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::output::json;

pub(crate) fn text(preview: &Preview) -> String {
    let text = preview.to_string();
    // The body is escaped as JSON, so that it keeps its value. The head has no foreign character: URL and headers allow none.
    match text.strip_suffix(preview.body()) {
        Some(head) => format!("{head}{}", sanitize::escape_json(preview.body())),
        None => sanitize::escape_lines(&text),
    }
}

pub(crate) fn all_text(previews: &[Preview]) -> String {
    previews.iter().map(text).collect::<Vec<_>>().join("\n\n")
}

pub(crate) fn json(preview: &Preview) -> String {
    json::to_line(&Request::of(preview))
}

pub(crate) fn all_json(previews: &[Preview]) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        requests: Vec<Request<'a>>,
    }
    let requests = previews.iter().map(Request::of).collect();
    json::to_line(&Object { requests })
}

#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    body: Option<&'a RawValue>,
}

impl<'a> Request<'a> {
    fn of(preview: &'a Preview) -> Self {
        Self {
            method: preview.method(),
            url: preview.url(),
            headers: preview.headers().collect(),
            body: serde_json::from_str(preview.body()).ok(),
        }
    }
}
