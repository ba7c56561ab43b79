//! The `Authorization` header: written by the signer, read by the verifier.

use http::{HeaderName, HeaderValue};

use crate::credential::access_key::AccessKey;
use crate::sign::canonical_request::push_names;
use crate::sign::signature::Signature;

/// The only algorithm here. The derived one, `V11-HMAC-SHA256`, is off by default in the official SDKs.
pub(crate) const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// The header's value, marked so that no one prints it: whoever has it can send the request once more.
pub(crate) fn write(key: &AccessKey, names: &[HeaderName], signature: &Signature) -> HeaderValue {
    let mut text = format!("{ALGORITHM} Access={}, SignedHeaders=", key.id());
    push_names(&mut text, names);
    text.push_str(", Signature=");
    text.push_str(&signature.to_string());
    #[expect(
        clippy::expect_used,
        reason = "a key's id, names of headers and hex are all visible ASCII"
    )]
    let mut value = HeaderValue::try_from(text).expect("visible ASCII is a header's value");
    value.set_sensitive(true);
    value
}

/// What a header says.
pub(crate) struct Authorization {
    pub(crate) access_key_id: String,
    pub(crate) signed_headers: Vec<HeaderName>,
    pub(crate) signature: Signature,
}

/// Reads a header's value; the error says what is wrong with its form.
pub(crate) fn read(text: &str) -> Result<Authorization, &'static str> {
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
            return Err("a field stands twice");
        }
    }
    let access = access.filter(|id| !id.is_empty()).ok_or("Access is missing or empty")?;
    let names = names.ok_or("SignedHeaders is missing")?;
    let signature = signature.ok_or("Signature is missing")?;
    Ok(Authorization {
        access_key_id: access.to_owned(),
        signed_headers: read_names(names)?,
        signature: Signature::read(signature).ok_or("Signature is not 64 digits of lower-case hex")?,
    })
}

fn read_names(text: &str) -> Result<Vec<HeaderName>, &'static str> {
    let names: Result<Vec<HeaderName>, _> = text
        .split(';')
        .map(|name| HeaderName::from_lowercase(name.as_bytes()))
        .collect();
    let names = names.map_err(|_| "SignedHeaders holds what is no name of a header in lower case")?;
    if !names.is_sorted_by(|left, right| left.as_str() < right.as_str()) {
        return Err("SignedHeaders is not sorted, or names a header twice");
    }
    Ok(names)
}
