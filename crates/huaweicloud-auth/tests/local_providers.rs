//! The providers that send no request: variables, files, and the chain over them.
#![cfg(test)]

use std::fs;
use std::path::Path;

use huaweicloud_auth::provider::{Chain, DefaultChain, EnvAccessKey, EnvToken, Profile, Static, TokenFile};
use huaweicloud_auth::regions::endpoint;
use huaweicloud_auth::{
    AccessKey, Credentials, CredentialsProvider, Env, Identity, ProviderError, ProviderErrorKind, Token, ValueError,
};
use tempfile::TempDir;

use testkit::secrets::{assert_none, printed_error};

const SECRET: &str = r#"the/secret"with+odd=letters\&1"#;
const TOKEN: &str = r#"the/token"with+odd=letters\&22"#;

async fn good(provider: &dyn CredentialsProvider) -> Credentials {
    provider.provide().await.unwrap()
}

async fn bad(provider: &dyn CredentialsProvider, kind: ProviderErrorKind) -> ProviderError {
    let error = provider.provide().await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    error
}

fn key_id(credentials: &Credentials) -> &str {
    match credentials.identity() {
        Identity::AccessKey(key) => key.id(),
        other => panic!("{other:?}"),
    }
}

fn is_token(credentials: &Credentials, text: &str) -> bool {
    matches!(credentials.identity(), Identity::Token(token) if token.header_value().to_str().unwrap() == text)
}

fn file(folder: &TempDir, text: &str) -> std::path::PathBuf {
    let path = folder.path().join("file");
    fs::write(&path, text).unwrap();
    only_mine(&path);
    path
}

fn only_mine(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let _ = path;
}

#[tokio::test]
async fn sdk_variables_come_before_terraform_variables() {
    let terraform = [
        ("HW_ACCESS_KEY", "terraform-key"),
        ("HW_SECRET_KEY", "s"),
        ("HW_SECURITY_TOKEN", "t"),
    ];
    let sdk = [
        ("HUAWEICLOUD_SDK_AK", "sdk-key-of-20-digits"),
        ("HUAWEICLOUD_SDK_SK", SECRET),
        ("HUAWEICLOUD_SDK_PROJECT_ID", "p"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", ""),
    ];
    let both = good(&EnvAccessKey::new(sdk.into_iter().chain(terraform).collect())).await;
    assert_eq!(key_id(&both), "sdk-key-of-20-digits");
    assert_eq!(both.source(), "environment HUAWEICLOUD_SDK_AK");
    assert_eq!(both.project_id(), Some("p"));
    // The empty security token counts as not set, and the other row's is not used.
    assert!(matches!(both.identity(), Identity::AccessKey(key) if !key.is_temporary()));
    assert_eq!(both.to_string(), "access key sdk-… (environment HUAWEICLOUD_SDK_AK)");

    // The SDK's project does not apply to the other row.
    let only = terraform.into_iter().chain([("HUAWEICLOUD_SDK_PROJECT_ID", "p")]);
    let only = good(&EnvAccessKey::new(only.collect())).await;
    assert_eq!((key_id(&only), only.project_id()), ("terraform-key", None));
    assert!(matches!(only.identity(), Identity::AccessKey(key) if key.is_temporary()));
    assert_eq!(only.source(), "environment HW_ACCESS_KEY");
}

#[tokio::test]
async fn half_a_key_is_invalid() {
    let ask = async |pairs: &[(&str, &str)], kind| {
        let provider = EnvAccessKey::new(pairs.iter().copied().collect());
        bad(&provider, kind).await.to_string()
    };
    let (missing, broken) = (ProviderErrorKind::NotFound, ProviderErrorKind::Invalid);
    assert_eq!(
        ask(&[("HUAWEICLOUD_SDK_AK", "")], missing).await,
        "HUAWEICLOUD_SDK_AK is empty and HW_ACCESS_KEY is not set"
    );
    let whole = [("HW_ACCESS_KEY", "a"), ("HW_SECRET_KEY", "s")];
    assert_eq!(
        ask(&[("HUAWEICLOUD_SDK_AK", "a"), whole[0], whole[1]], broken).await,
        "HUAWEICLOUD_SDK_AK is set but HUAWEICLOUD_SDK_SK is not set"
    );
    assert_eq!(
        ask(&[("HW_SECRET_KEY", SECRET)], broken).await,
        "HW_SECRET_KEY is set but HW_ACCESS_KEY is not set"
    );
    assert_eq!(
        ask(&[whole[0], ("HW_SECRET_KEY", "s\n")], broken).await,
        "HW_ACCESS_KEY and HW_SECRET_KEY: the secret access key ends with a line break; remove it"
    );
    assert_eq!(
        ask(&[whole[0], whole[1], ("HW_SECURITY_TOKEN", "t t")], broken).await,
        "HW_SECURITY_TOKEN: the security token has a character at position 2 that its header cannot carry"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn non_utf8_variable_is_invalid() {
    use std::os::unix::ffi::OsStringExt as _;
    let variables = Env::new(|_| Some(std::ffi::OsString::from_vec(b"secret\xff".to_vec())));
    let error = bad(&EnvAccessKey::new(variables), ProviderErrorKind::Invalid).await;
    assert_eq!(error.to_string(), "the variable HUAWEICLOUD_SDK_AK is not UTF-8");
    assert!(!printed_error(&error).contains("secret"));
}

#[tokio::test]
async fn token_is_read_from_a_variable() {
    let provider = |value: &str| EnvToken::new("HSS_AUTH_TOKEN", [("HSS_AUTH_TOKEN", value)].into_iter().collect());
    let credentials = good(&provider(TOKEN)).await;
    assert!(is_token(&credentials, TOKEN));
    assert_eq!(credentials.source(), "environment HSS_AUTH_TOKEN");
    assert_eq!(
        bad(&provider(""), ProviderErrorKind::NotFound).await.to_string(),
        "HSS_AUTH_TOKEN is empty"
    );
    assert_eq!(
        bad(&provider("t\n"), ProviderErrorKind::Invalid).await.to_string(),
        "the token ends with a line break; remove it"
    );
}

#[test]
fn tokens_have_limits() {
    let of = |length: usize| Token::new("x".repeat(length));
    assert!(of(1).is_ok() && of(32_768).is_ok());
    let message = |result: Result<Token, ValueError>| result.unwrap_err().to_string();
    assert_eq!(message(of(0)), "the token is empty");
    assert_eq!(message(of(32_769)), "the token has 32769 characters, 32768 are allowed");
    assert_eq!(
        message(Token::new("a b")),
        "the token has a character at position 2 that its header cannot carry"
    );
    assert_eq!(
        message(Token::new("aé")),
        "the token has a character at position 2 that its header cannot carry"
    );
    assert!(Token::new("x").unwrap().header_value().is_sensitive());
}

#[test]
fn same_identity_compares_every_part() {
    let key = |id: &str, secret: &str, token: Option<&str>| {
        let key = AccessKey::new(id, secret).unwrap();
        Credentials::from(match token {
            Some(token) => key.with_security_token(token).unwrap(),
            None => key,
        })
    };
    let all = [
        key("a", "s", None),
        key("b", "s", None),
        key("a", "r", None),
        key("a", "s", Some("t")),
        key("a", "s", Some("u")),
        Token::new("s").unwrap().into(),
        Token::new("t").unwrap().into(),
    ];
    for (index, one) in all.iter().enumerate() {
        for (other_index, other) in all.iter().enumerate() {
            assert_eq!(
                one.same_identity(&other.clone().with_source("elsewhere")),
                index == other_index
            );
        }
    }
}

#[test]
fn endpoints_follow_the_pattern_of_the_region() {
    for (region, expected) in [
        ("cn-north-4", "https://iam.cn-north-4.myhuaweicloud.com"),
        ("xx-new-1", "https://iam.xx-new-1.myhuaweicloud.com"),
        ("eu-west-101", "https://iam.eu-west-101.myhuaweicloud.eu"),
    ] {
        assert_eq!(endpoint("iam", region).unwrap(), expected);
    }
    // It becomes part of a host name.
    for wrong in ["", "a/b", "evil.example.com#", "a.b", "A", "x\n", &"x".repeat(64)] {
        assert!(endpoint("iam", wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn token_file_is_read_on_every_call() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, &format!("{TOKEN}\r\n"));
    let provider = TokenFile::new(&path);
    let credentials = good(&provider).await;
    assert!(is_token(&credentials, TOKEN) && credentials.warnings().is_empty());
    assert_eq!(credentials.source(), format!("token file {}", path.display()));

    fs::write(&path, "\u{feff}another").unwrap();
    let another = good(&provider).await;
    assert!(is_token(&another, "another") && !another.same_identity(&credentials));

    // One line break at the end is ignored, a second is not.
    for (text, why) in [
        ("x\n\n", "the token ends with a line break; remove it"),
        ("\n", "the token is empty"),
        (&"x".repeat(300_000), "cannot be read: it is larger than 256 KiB"),
    ] {
        fs::write(&path, text).unwrap();
        let error = bad(&provider, ProviderErrorKind::Invalid).await.to_string();
        assert!(
            error.starts_with(&*path.to_string_lossy()) && error.ends_with(why),
            "{error}"
        );
    }
    fs::write(&path, b"\xff").unwrap();
    assert!(
        bad(&provider, ProviderErrorKind::Invalid)
            .await
            .to_string()
            .ends_with("is not UTF-8")
    );
    fs::remove_file(&path).unwrap();
    // The caller named it, so it must exist.
    assert!(
        bad(&provider, ProviderErrorKind::Invalid)
            .await
            .to_string()
            .ends_with("does not exist")
    );
    let error = bad(&TokenFile::new(folder.path()), ProviderErrorKind::Invalid).await;
    assert!(error.to_string().contains("cannot be read") && std::error::Error::source(&error).is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn file_readable_by_others_gives_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "[basic]\nak=a\nsk=s\n");
    for (mode, warns) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let credentials = good(&Profile::new(&path)).await;
        let expected = format!("{} can be read by other users; chmod 600 it", path.display());
        let expected: Vec<_> = warns.then_some(expected).into_iter().collect();
        assert_eq!(credentials.warnings(), expected, "{mode:o}");
    }
}

#[tokio::test]
async fn profile_is_read_from_either_section() {
    let folder = TempDir::new().unwrap();
    let path = file(
        &folder,
        "[basiccredentials]\nak = second\nsk = s\n[global]\nak=third\n[basic]\nAK = first\nsk = a#b;c%d\nsecurity_token = t\nproject_id = p\ndomain_id = d\niam_endpoint = https://iam.example.com:8443/x\n",
    );
    let credentials = good(&Profile::new(&path)).await;
    let expected = AccessKey::new("first", "a#b;c%d")
        .unwrap()
        .with_security_token("t")
        .unwrap();
    assert!(credentials.same_identity(&expected.into()));
    assert_eq!(credentials.project_id(), Some("p"));
    assert_eq!(credentials.iam_endpoint(), Some("https://iam.example.com:8443/x"));
    assert_eq!(credentials.source(), format!("profile file {} [basic]", path.display()));

    fs::write(&path, "[basiccredentials]\nak = second\nsk = s\nsecurity_token =\n").unwrap();
    let credentials = good(&Profile::new(&path)).await;
    assert!(credentials.same_identity(&AccessKey::new("second", "s").unwrap().into()));
    assert_eq!((credentials.project_id(), credentials.iam_endpoint()), (None, None));

    for (text, why) in [
        ("[basic]\nak = a\n", ": [basic] has no sk, or an empty one"),
        ("[basic]\nak =\nsk = s\n", ": [basic] has no ak, or an empty one"),
        (
            "[basic]\nak = a\nthe secret\n",
            ": line 3 is neither a section, a comment nor a key with '=' and its value",
        ),
        (
            "[basic]\nak = a,b\nsk = s\n",
            ", line 2, ak: the access key id has a character at position 2 that its header cannot carry",
        ),
        ("[global]\nak = a\n", " has no section [basic] or [basiccredentials]"),
    ] {
        fs::write(&path, text).unwrap();
        let error = bad(&Profile::new(&path), ProviderErrorKind::Invalid).await;
        assert_eq!(error.to_string(), format!("{}{why}", path.display()));
    }
}

#[tokio::test]
async fn named_section_is_read_alone() {
    let folder = TempDir::new().unwrap();
    let text = "[basic]\nak = b\nsk = s\nregion = r0\n[prod]\nak = p\nsk = s\nregion = cn-north-4\nproject_id = p1\n\
                endpoint = https://hss.example.com\nenterprise_project_id = e1\n\
                iam_endpoint = https://iam.example.com\n[empty]\n";
    let path = file(&folder, text);
    let prod = Profile::new(&path).section("prod");
    let source = format!("profile file {} [prod]", path.display());
    let settings = prod.settings().await.unwrap();
    assert_eq!(settings.source, source);
    assert_eq!(settings.region.as_deref(), Some("cn-north-4"));
    assert_eq!(settings.endpoint.as_deref(), Some("https://hss.example.com"));
    assert_eq!(settings.iam_endpoint.as_deref(), Some("https://iam.example.com"));
    assert_eq!(settings.project_id.as_deref(), Some("p1"));
    assert_eq!(settings.enterprise_project_id.as_deref(), Some("e1"));
    let credentials = good(&prod).await;
    assert_eq!((key_id(&credentials), credentials.source()), ("p", &*source));
    assert_eq!(credentials.project_id(), Some("p1"));

    let missing = bad(&Profile::new(&path).section("Prod"), ProviderErrorKind::Invalid).await;
    let expected = format!(
        "{} has no section [Prod]; it has [basic], [prod], [empty]",
        path.display()
    );
    assert_eq!(missing.to_string(), expected);
    let empty = bad(&Profile::new(&path).section("empty"), ProviderErrorKind::Invalid).await;
    assert!(empty.to_string().ends_with(": [empty] has no ak, or an empty one"));
    // A name says that the file must exist.
    let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let nowhere = Profile::default_location([(home, folder.path())].into_iter().collect()).section("prod");
    bad(&nowhere, ProviderErrorKind::Invalid).await;
}

#[tokio::test]
async fn profile_settings_belong_to_the_profile_alone() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "[basic]\nak = a\nsk = s\nregion = cn-north-4\n");
    let region = async |variables: &[(&'static str, &'static str)]| {
        let chain = DefaultChain::new()
            .env(variables.iter().copied().collect())
            .token_variable("T");
        let settings = chain.profile(Profile::new(&path)).profile_settings().await;
        settings.map(|settings| settings.and_then(|settings| settings.region))
    };
    assert_eq!(region(&[]).await.unwrap().as_deref(), Some("cn-north-4"));
    for earlier in [
        &[("T", "t")][..],
        &[("HW_ACCESS_KEY", "a"), ("HW_SECRET_KEY", "s")],
        &[("HW_USER_NAME", "u"), ("HW_PASSWORD", "p"), ("HW_DOMAIN_NAME", "d")],
    ] {
        assert_eq!(region(earlier).await.unwrap(), None, "{earlier:?}");
    }
    assert!(region(&[("HW_ACCESS_KEY", "a")]).await.is_err(), "half a key");
    let none = DefaultChain::new().env(Env::new(|_| None)).profile_settings().await;
    assert!(none.unwrap().is_none());
}

#[tokio::test]
async fn odd_value_is_named_with_its_line_before_it_is_used() {
    let folder = TempDir::new().unwrap();
    let quoted = "the value is in quotes, which would be part of it; remove them";
    let comment = "a comment behind the value would be part of it; put it on a line of its own";
    for (text, place, what) in [
        ("[basic]\nak = a\nsk = \"secret-7\"\n", "line 3, sk", quoted),
        ("[basic]\nak = a\nsk = secret-7 # note\n", "line 3, sk", comment),
        ("[basic]\nak = secret-7 ; note\nsk = s\n", "line 2, ak", comment),
        (
            "[basic]\nak=a\nsk=s\n\nsecurity_token='secret-7'\n",
            "line 5, security_token",
            quoted,
        ),
        (
            "[basic]\nak=a\nsk=s\nproject_id=secret-7 8\n",
            "line 4, project_id",
            "the value has white space in it",
        ),
    ] {
        let error = bad(&Profile::new(file(&folder, text)), ProviderErrorKind::Invalid)
            .await
            .to_string();
        assert!(error.ends_with(&format!(", {place}: {what}")), "{error}");
        assert!(!error.contains("secret-7"), "{error}");
    }
    let settings = Profile::new(file(&folder, "[basic]\nregion = 'cn-north-4'\n"))
        .settings()
        .await;
    assert!(
        settings
            .unwrap_err()
            .to_string()
            .ends_with(&format!(", line 2, region: {quoted}"))
    );
}

#[cfg(unix)]
#[tokio::test]
async fn pipe_is_read_once_for_settings_and_credentials() {
    let folder = TempDir::new().unwrap();
    let pipe = |name: &str, text: &'static str| {
        let path = folder.path().join(name);
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let writer = path.clone();
        std::thread::spawn(move || fs::write(writer, text).unwrap());
        path
    };
    let profile = Profile::new(pipe("profile", "[basic]\nak = piped\nsk = s\nregion = r\n"));
    let chain = DefaultChain::new().env(Env::new(|_| None)).profile(profile);
    let settings = chain.profile_settings().await.unwrap().unwrap();
    assert_eq!(settings.region.as_deref(), Some("r"));
    assert_eq!(key_id(&good(&chain.chain().unwrap()).await), "piped");
    let token = good(&TokenFile::new(pipe("token", "token\n"))).await;
    assert!(token.same_identity(&huaweicloud_auth::Token::new("token").unwrap().into()));
}

#[tokio::test]
async fn default_profile_is_optional() {
    let folder = TempDir::new().unwrap();
    let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let at_home = Profile::default_location([(home, folder.path())].into_iter().collect());
    let error = bad(&at_home, ProviderErrorKind::NotFound).await.to_string();
    assert!(error.ends_with("credentials does not exist"), "{error}");

    let usual = folder.path().join(".huaweicloud");
    fs::create_dir(&usual).unwrap();
    fs::write(usual.join("credentials"), "[basic]\nak=home\nsk=s\n").unwrap();
    assert_eq!(key_id(&good(&at_home).await), "home");

    // The variable comes first, and its file must exist.
    let variable = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
    let own = folder.path().join("own");
    let named = Profile::default_location([(home, folder.path()), (variable, &own)].into_iter().collect());
    let error = bad(&named, ProviderErrorKind::Invalid).await.to_string();
    assert_eq!(error, format!("{variable}: {} does not exist", own.display()));
    fs::write(&own, "[basic]\nak=named\nsk=s\n").unwrap();
    assert_eq!(key_id(&good(&named).await), "named");

    let neither = bad(
        &Profile::default_location(Env::new(|_| None)),
        ProviderErrorKind::NotFound,
    )
    .await;
    assert_eq!(
        neither.to_string(),
        format!("{variable} is not set and {home} is not set")
    );
}

#[tokio::test]
async fn chain_takes_the_first_credentials_or_lists_all_attempts() {
    let variables = |pairs: &[(&str, &str)]| -> Env { pairs.iter().copied().collect() };
    let chain = |pairs: &[(&str, &str)]| {
        Chain::new()
            .then(EnvToken::new("HSS_AUTH_TOKEN", variables(pairs)))
            .then(Chain::new().then(EnvAccessKey::new(variables(pairs))))
            .then(Static::new(
                Credentials::from(Token::new("last").unwrap()).with_source("the last resort"),
            ))
    };
    let (token, id, secret) = (
        ("HSS_AUTH_TOKEN", "first"),
        ("HW_ACCESS_KEY", "second"),
        ("HW_SECRET_KEY", "s"),
    );
    assert!(is_token(&good(&chain(&[token, id, secret])).await, "first"));
    assert_eq!(key_id(&good(&chain(&[id, secret])).await), "second");
    assert!(is_token(&good(&chain(&[])).await, "last"));
    // An invalid source ends the search, and the error names its provider.
    let error = bad(&chain(&[id]), ProviderErrorKind::Invalid).await;
    assert_eq!(
        error.to_string(),
        "environment: HW_ACCESS_KEY is set but HW_SECRET_KEY is not set"
    );
    assert_eq!(error.provider(), Some("environment"));

    let nothing = Chain::new()
        .then(EnvToken::new("HSS_AUTH_TOKEN", variables(&[])))
        .then(EnvAccessKey::new(variables(&[])));
    let error = bad(&nothing, ProviderErrorKind::NotFound).await;
    assert_eq!(
        error.to_string(),
        "no credentials found; environment HSS_AUTH_TOKEN: HSS_AUTH_TOKEN is not set; environment: \
         HUAWEICLOUD_SDK_AK is not set and HW_ACCESS_KEY is not set"
    );
    assert_eq!(
        format!("{error:#}"),
        "no credentials found\n  environment HSS_AUTH_TOKEN: HSS_AUTH_TOKEN is not set\n  environment: \
         HUAWEICLOUD_SDK_AK is not set and HW_ACCESS_KEY is not set"
    );
    assert_eq!(error.attempts().len(), 2);
    let names: Vec<_> = error.attempts().iter().filter_map(ProviderError::provider).collect();
    assert_eq!(names, ["environment HSS_AUTH_TOKEN", "environment"]);
}

#[tokio::test]
async fn output_has_no_secret() {
    let folder = TempDir::new().unwrap();
    let mut output = String::new();
    let key = AccessKey::new("QTWAOYTTINDUT2QVKYUC", SECRET)
        .unwrap()
        .with_security_token(TOKEN)
        .unwrap();
    for credentials in [Credentials::from(key), Token::new(TOKEN).unwrap().into()] {
        output += &format!(
            "{credentials}{credentials:?}{credentials:#?}{:?}",
            Static::new(credentials.clone())
        );
        // A service can echo each, plain or escaped.
        let secrets: &[&str] = match credentials.identity() {
            Identity::Token(_) => &[TOKEN],
            _ => &[SECRET, TOKEN],
        };
        // As it is, percent-encoded, and as JSON.
        let spellings = |secret: &&str| testkit::secrets::spellings(secret).into_iter().take(3);
        let echo: String = secrets.iter().flat_map(spellings).collect();
        output += &credentials.sanitize(&echo);
    }
    for end in ["\n", " ", "\u{7}"] {
        let (secret, token) = (format!("{SECRET}{end}"), format!("{TOKEN}{end}"));
        let names = [
            "HUAWEICLOUD_SDK_AK",
            "HUAWEICLOUD_SDK_SK",
            "HUAWEICLOUD_SDK_SECURITY_TOKEN",
            "T",
        ];
        for values in [
            ["a", &secret, "", &token],
            ["a", "s", &token, &token],
            ["", &secret, &token, &token],
        ] {
            let variables: Env = names.into_iter().zip(values).collect();
            let environment = EnvAccessKey::new(variables.clone());
            output += &printed_error(&bad(&environment, ProviderErrorKind::Invalid).await);
            let variable = EnvToken::new("T", variables);
            output += &printed_error(&bad(&variable, ProviderErrorKind::Invalid).await);
            output += &format!("{environment:?}{variable:?}");
        }
        for text in [
            format!("[basic]\nak = a\n{SECRET}\n"),
            format!("[basic]\nak = {TOKEN} x\nsk = {SECRET}\n"),
            format!("[basic]\nak = a\nsk = {SECRET}\u{7}\n"),
            format!("[basic]\nsk = {SECRET}\nsk = {SECRET}\n"),
            format!("[{SECRET}"),
        ] {
            let profile = Profile::new(file(&folder, &text));
            output += &printed_error(&bad(&profile, ProviderErrorKind::Invalid).await);
        }
        let provider = TokenFile::new(file(&folder, &format!("{token}\n")));
        output += &printed_error(&bad(&provider, ProviderErrorKind::Invalid).await);
    }
    assert!(output.len() > 5_000);
    assert_none(&output, &[SECRET, TOKEN]);
}
