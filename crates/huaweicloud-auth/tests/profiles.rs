//! Profile files of any bytes.
#![cfg(test)]

use std::fs;

use huaweicloud_auth::provider::Profile;
use huaweicloud_auth::{AccessKey, Credentials, CredentialsProvider, ProviderError};
use proptest::prelude::*;
use tempfile::TempDir;

/// What the file gives: its credentials and its settings, in words where it gives none.
fn read(bytes: &[u8]) -> (Result<Credentials, ProviderError>, Result<String, ProviderError>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("credentials");
    fs::write(&path, bytes).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let profile = Profile::new(path);
    runtime.block_on(async {
        let settings = profile.settings().await.map(|settings| format!("{settings:?}"));
        (profile.provide().await, settings)
    })
}

proptest! {
    #[test]
    fn any_bytes_give_credentials_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (credentials, settings) = read(&bytes);
        for error in [credentials.err(), settings.err()].into_iter().flatten() {
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }

    #[test]
    fn a_secret_is_read_whole_or_not_at_all(written in "[\"' #;=:\\[\\]ab\t\u{a0}é%\\\\]{1,12}") {
        let text = format!("[basic]\nak = id\nsk ={written}\n");
        if let Ok(credentials) = read(text.as_bytes()).0 {
            let value = written.trim();
            prop_assert!(credentials.same_identity(&AccessKey::new("id", value).unwrap().into()), "{value:?}");
            prop_assert!(!value.contains(char::is_whitespace), "a tool may take a part for a comment: {value:?}");
            prop_assert!(value.trim_matches(['"', '\'']) == value, "a tool may take off the quotes: {value:?}");
        }
    }

    #[test]
    fn a_key_is_read_as_it_is_written(
        (id, secret) in ("[A-Z0-9]{1,40}", "[A-Za-z0-9+/=:%#;]{1,60}"),
        (before, after) in ("([#;] [a-z]{0,9}\n){0,3}", "(\n|\r\n|\\[other\\]\n|note=x\n){0,4}"),
        ends in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let text = format!("{before}[basic]{ends}ak={id}{ends}sk = {secret}{ends}{after}");
        let expected = AccessKey::new(&*id, &*secret).unwrap().into();
        match read(text.as_bytes()).0 {
            Ok(credentials) => prop_assert!(credentials.same_identity(&expected)),
            Err(error) => prop_assert!(after.matches("note=").count() > 1, "{error}: {text:?}"),
        }
    }

    #[test]
    fn an_error_does_not_hold_the_secret(
        secret in "[A-Za-z0-9]{12,40}",
        wrong in prop::sample::select(vec![
            "sk = \"{}\"", "sk = {} # note", "sk = '{}", "sk = {} {}", "sk {}", "ak = b\nsk = {}", "sk = {}\nsk = {}",
            "sk = {}\u{7}", "sk = {}\n[x", "ak2 = {}", "sk = s\nsecurity_token = {} ;{}",
        ]),
    ) {
        let text = format!("[basic]\nak = a\n{}\n", wrong.replace("{}", &secret));
        let error = read(text.as_bytes()).0.err();
        prop_assert!(error.is_some(), "{text:?}");
        let error = error.unwrap();
        prop_assert!(!format!("{error} {error:?} {error:#}").contains(&secret), "{error}");
    }
}
