//! Finds the operation of a raw path, without decoding, joining or normalising the path as a whole.
//!
//! A framework's router would decode `%2F`, and some collapse `..`; both would hide from a test that a client encoded an
//! id wrongly. Here the raw path is split at its slashes, and only the segments of parameters are decoded.

use std::collections::HashMap;

use axum::http::Method;

use crate::document::{Document, Operation, Segment};
use crate::http::encoding;
use crate::service::refusal::Refusal;

/// An operation and the decoded values of its path parameters.
pub(crate) struct Found<'d> {
    pub(crate) operation: &'d Operation,
    /// `None` where the segment cannot be decoded to text.
    pub(crate) values: HashMap<&'d str, Option<String>>,
}

pub(crate) fn find<'d>(document: &'d Document, method: &Method, raw_path: &str) -> Result<Found<'d>, Refusal> {
    let rest = raw_path.strip_prefix('/').ok_or(Refusal::UnknownApi)?;
    let pieces: Vec<&str> = rest.split('/').collect();
    let matching = || {
        let operations = document.operations.iter();
        operations.filter(|operation| matches(&operation.path, &pieces))
    };
    // Of two templates that match, the one with the earlier literal wins, as OpenAPI says of `/a/b` and `/a/{x}`.
    let best = matching().map(|operation| literals(&operation.path)).max();
    let best = best.ok_or(Refusal::UnknownApi)?;
    let matching: Vec<&Operation> = matching()
        .filter(|operation| literals(&operation.path) == best)
        .collect();
    match matching.iter().find(|operation| operation.method == *method) {
        Some(operation) => Ok(Found {
            operation,
            values: values(&operation.path, &pieces),
        }),
        None => {
            let methods = matching.iter().map(|operation| operation.method.clone());
            Err(Refusal::OtherMethod(methods.collect()))
        }
    }
}

fn matches(template: &[Segment], pieces: &[&str]) -> bool {
    template.len() == pieces.len()
        && template.iter().zip(pieces).all(|(segment, piece)| match segment {
            Segment::Literal(text) => text == piece,
            Segment::Placeholder(_) => true,
        })
}

fn literals(template: &[Segment]) -> Vec<bool> {
    template
        .iter()
        .map(|segment| matches!(segment, Segment::Literal(_)))
        .collect()
}

fn values<'d>(template: &'d [Segment], pieces: &[&str]) -> HashMap<&'d str, Option<String>> {
    template
        .iter()
        .zip(pieces)
        .filter_map(|(segment, piece)| match segment {
            Segment::Placeholder(name) => Some((name.as_str(), encoding::decode(piece))),
            Segment::Literal(_) => None,
        })
        .collect()
}
