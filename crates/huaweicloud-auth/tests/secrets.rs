//! Keys and tokens: which are refused, and that none is ever printed.
#![cfg(test)]

use http::{HeaderName, HeaderValue, Request};
use huaweicloud_auth::{AccessKey, RequestView, Signer, ValueProblem, Verifier};

use testkit::secrets::{assert_none, printed};

const ID: &str = "QTWAOYTTINDUT2QVKYUC";
const SECRET: &str = r#"the/secret"with+odd=letters\&é1"#;
const TOKEN: &str = r#"the/token"with+odd=letters\&22"#;
const OTHER: &str = r#"another/token"with+odd=letters\&3"#;

#[test]
fn output_has_no_secret() {
    let key = AccessKey::new(ID, SECRET).unwrap().with_security_token(TOKEN).unwrap();
    let other = AccessKey::new(ID, "other").unwrap().with_security_token(TOKEN).unwrap();
    let mut request = Request::put("https://h/v5/p")
        .header("x-auth-token", OTHER)
        .body("{}")
        .unwrap();
    let mut marked = HeaderValue::from_static(OTHER);
    marked.set_sensitive(true);
    request.headers_mut().insert("x-own", marked);
    let now = "20200608T023900Z".parse().unwrap();
    let names = ["host", "x-auth-token", "x-own"].map(HeaderName::from_static);
    let signer = Signer::new().signed_headers(names);
    let signed = signer.sign(&key, &RequestView::from(&request), now).unwrap();
    let canonical = signed.canonical_request().clone();
    // The text itself has them: it is what is hashed.
    assert!(canonical.as_str().contains(TOKEN) && canonical.as_str().matches(OTHER).count() == 2);
    assert!(
        canonical.to_string().contains("\nx-security-token:***\n"),
        "{canonical}"
    );
    assert_eq!(canonical.to_string().matches(":***\n").count(), 3);

    let mut output = format!("{key:?}{key:#?}{signed:?}{signed:#?}{signer:?}");
    output += &printed(&canonical);
    output += &printed(signed.string_to_sign());
    output += &printed(&signed.signature());
    output += &format!("{:?}{:?}", signed.headers(), signed.authorization());
    signed.apply(request.headers_mut());
    output += &format!("{:?}", RequestView::from(&request));
    let verifier = Verifier::new();
    for known in [other, AccessKey::new(ID, "other").unwrap()] {
        let refusal = verifier
            .verify(&RequestView::from(&request), |_| Some(known), now)
            .unwrap_err();
        output += &printed(&refusal);
        output += &printed(refusal.kind());
    }
    output += &format!(
        "{:?}",
        verifier
            .verify(&RequestView::from(&request), |_| Some(&key), now)
            .unwrap()
    );
    for wrong in ["\n", " ", "\u{7}", "é\u{7}"] {
        let wrong = format!("{SECRET}{wrong}");
        output += &printed(
            &AccessKey::new(ID, wrong.as_str())
                .err()
                .unwrap_or_else(|| AccessKey::new("", "x").unwrap_err()),
        );
        let wrong = format!("{TOKEN}{wrong}");
        output += &printed(&AccessKey::new(ID, "x").unwrap().with_security_token(wrong).unwrap_err());
    }
    assert!(output.len() > 2_000);
    assert_none(&output, &[SECRET, TOKEN, OTHER]);
}

#[test]
fn keys_and_tokens_are_checked() {
    let problem = |id: &str, secret: &str| AccessKey::new(id, secret).unwrap_err().to_string();
    assert_eq!(problem("", "x"), "the access key id is empty");
    assert_eq!(problem("x", ""), "the secret access key is empty");
    assert_eq!(
        problem("x\n", "x"),
        "the access key id ends with a line break; remove it"
    );
    assert_eq!(
        problem("x", "x\r\n"),
        "the secret access key ends with a line break; remove it"
    );
    assert_eq!(
        problem("x", " x"),
        "the secret access key has white space around it; remove it"
    );
    assert_eq!(
        problem("x", "x\t"),
        "the secret access key has white space around it; remove it"
    );
    assert_eq!(
        problem("x", "éa\nb"),
        "the secret access key has a control character at position 3"
    );
    assert_eq!(
        problem("x", "a\u{85}b"),
        "the secret access key has a control character at position 2"
    );
    for id in ["a,b", "a b", "aé"] {
        let error = AccessKey::new(id, "x").unwrap_err();
        assert_eq!(error.what(), "access key id");
        assert_eq!(error.problem(), ValueProblem::NotForHeader { position: 2 });
    }
    let token = |token: &str| {
        AccessKey::new("x", "x")
            .unwrap()
            .with_security_token(token)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        token("é"),
        "the security token has a character at position 1 that its header cannot carry"
    );
    assert_eq!(token("x\n"), "the security token ends with a line break; remove it");
    // No lengths are documented, so none is refused; nor is anything else that a secret may hold.
    let long = "x".repeat(100_000);
    let key = AccessKey::new("x", "a é,;")
        .unwrap()
        .with_security_token(long.as_str())
        .unwrap();
    assert!(key.is_temporary() && AccessKey::new(long.as_str(), long.as_str()).is_ok());
}

#[test]
fn ids_are_masked() {
    let masked = |id: &str| AccessKey::new(id, "x").unwrap().masked_id();
    assert_eq!(masked(ID), "QTWA…");
    assert_eq!(masked("AccessKey"), "…");
}
