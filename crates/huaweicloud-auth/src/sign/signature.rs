//! The signature itself.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::credential::access_key::AccessKey;
use crate::sign::hex;
use crate::sign::string_to_sign::StringToSign;

/// A signature: the HMAC-SHA256 of the string to sign. It shows as lower-case hex and compares in constant time.
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    pub(crate) fn new(key: &AccessKey, string_to_sign: &StringToSign) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(key.secret()).expect("HMAC takes keys of every length");
        mac.update(string_to_sign.as_str().as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        hex::read(text).map(Self)
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Signature {}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        hex::push(&mut text, &self.0);
        f.write_str(&text)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}
