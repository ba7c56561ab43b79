//! The vectors under openapi/signing, whose expected values come from the official Python signer.
#![cfg(test)]
#![cfg(feature = "verify")]

mod case;

use std::fs;
use std::path::{Path, PathBuf};

use case::{Context, RequestFile};
use http::HeaderName;
use huaweicloud_auth::{RequestView, Signer, Verifier};

fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/signing");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn read(folder: &Path) -> (RequestFile, Context) {
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let request = serde_json::from_str(&text("request.json")).unwrap();
    (request, serde_json::from_str(&text("context.json")).unwrap())
}

/// Every stage of every case, byte by byte; and the verifier takes what the signer made.
#[test]
fn every_stage_matches_the_official_signer() {
    let folders = folders();
    assert!(folders.len() >= 20, "{} cases", folders.len());
    for folder in folders {
        let (file, context) = read(&folder);
        let mut request = file.to_http().unwrap();
        let signed = context.sign(&request).unwrap();
        let expected = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let name = folder.file_name().unwrap().display();
        assert_eq!(
            signed.canonical_request().as_str(),
            expected("canonical_request.txt"),
            "{name}"
        );
        assert_eq!(
            signed.string_to_sign().as_str(),
            expected("string_to_sign.txt"),
            "{name}"
        );
        assert_eq!(
            signed.authorization().to_str().unwrap(),
            expected("authorization.txt"),
            "{name}"
        );

        signed.apply(request.headers_mut());
        let key = context.key().unwrap();
        let verified = Verifier::new().verify(
            &RequestView::from(&request),
            |id| (id == key.id()).then_some(&key),
            context.date.parse().unwrap(),
        );
        let verified = verified.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let names: Vec<&str> = verified.signed_headers().iter().map(HeaderName::as_str).collect();
        assert_eq!(
            Some(names),
            context
                .signed_headers
                .as_ref()
                .map(|names| names.iter().map(String::as_str).collect())
        );
    }
}

/// A case whose list is the default one comes out the same from a signer that was told nothing.
#[test]
fn default_headers_match_the_vectors() {
    let mut same = 0;
    for folder in folders() {
        let (file, context) = read(&folder);
        let request = file.to_http().unwrap();
        let signed = Signer::new()
            .sign(
                &context.key().unwrap(),
                &RequestView::from(&request),
                context.date.parse().unwrap(),
            )
            .unwrap();
        let expected = fs::read_to_string(folder.join("authorization.txt")).unwrap();
        same += usize::from(signed.authorization().to_str().unwrap() == expected);
    }
    assert!(same >= 40, "{same} cases");
}
