//! The parser of the `Authorization` header.

use http::HeaderName;

use crate::sign::signature::{ALGORITHM, Signature};

pub(crate) struct Authorization {
    pub(crate) access_key_id: String,
    pub(crate) signed_headers: Vec<HeaderName>,
    pub(crate) signature: Signature,
}

impl Authorization {
    /// Parses the header's value; the error is what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (algorithm, rest) = text.split_once(' ').ok_or("nothing follows the algorithm")?;
        if algorithm != ALGORITHM {
            return Err("the algorithm is not SDK-HMAC-SHA256");
        }
        let (mut access, mut names, mut signature) = (None, None, None);
        for field in rest.split(',') {
            let (name, value) = field.trim_matches(' ').split_once('=').ok_or("a field has no '='")?;
            let place = match name {
                "Access" => &mut access,
                "SignedHeaders" => &mut names,
                "Signature" => &mut signature,
                _ => return Err("a field is none of Access, SignedHeaders and Signature"),
            };
            if place.replace(value).is_some() {
                return Err("a field is repeated");
            }
        }
        let access = access.filter(|id| !id.is_empty()).ok_or("Access is missing or empty")?;
        let names = names.ok_or("SignedHeaders is missing")?;
        let signature = signature.ok_or("Signature is missing")?;
        Ok(Self {
            access_key_id: access.to_owned(),
            signed_headers: parse_names(names)?,
            signature: parse_signature(signature).ok_or("Signature is not 64 digits of lower-case hex")?,
        })
    }
}

fn parse_names(text: &str) -> Result<Vec<HeaderName>, &'static str> {
    let names: Result<Vec<HeaderName>, _> = text
        .split(';')
        .map(|name| HeaderName::from_lowercase(name.as_bytes()))
        .collect();
    let names = names.map_err(|_| "SignedHeaders has an invalid or upper-case name")?;
    if !names.is_sorted_by(|left, right| left.as_str() < right.as_str()) {
        return Err("SignedHeaders is not sorted, or names a header twice");
    }
    Ok(names)
}

fn parse_signature(text: &str) -> Option<Signature> {
    let is_lower_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != 64 || !is_lower_hex {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(Signature(bytes))
}
