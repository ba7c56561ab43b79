//! Tokens from a fake IAM, and the default chain.
#![cfg(test)]

use std::time::{Duration, SystemTime};

use huaweicloud_auth::provider::{DefaultChain, IamPassword, IamUser, LocalCredentials, ProjectScope};
use huaweicloud_auth::{
    Credentials, CredentialsProvider, Env, HttpOptions, IamEndpoint, Identity, ProviderError, ProviderErrorKind,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use testkit::secrets::{assert_none, printed_error, spellings};
use testkit::{Answer, Server, closed_endpoint};

const PASSWORD: &str = r#"the/password"with+odd=letters\&é1"#;
const TOKEN: &str = r#"the/token"with+odd=letters\&22"#;
const END: &str = "2026-04-04T08:00:00.500000Z";

fn user() -> IamUser {
    IamUser::new("the user", PASSWORD, "the domain").unwrap()
}

fn provider(url: &str, scope: ProjectScope) -> IamPassword {
    IamPassword::new(user(), scope, IamEndpoint::new(url).unwrap(), &HttpOptions::new())
}

fn region() -> ProjectScope {
    ProjectScope::Name("cn-north-4".to_owned())
}

async fn ask(server: &Server) -> Result<Credentials, ProviderError> {
    provider(&server.endpoint(), region()).provide().await
}

#[tokio::test]
async fn token_is_scoped_to_a_project_by_name_or_id() {
    for (scope, expected) in [
        (region(), json!({"name": "cn-north-4"})),
        (ProjectScope::Id("0123".to_owned()), json!({"id": "0123"})),
    ] {
        let server = Server::respond(|_, _| Answer::iam_token(TOKEN, END)).await;
        // A path is kept: a private gateway can serve IAM below one.
        let credentials = provider(&format!("{}/iam/", server.endpoint()), scope)
            .provide()
            .await
            .unwrap();
        assert!(matches!(credentials.identity(), Identity::Token(token) if token.header_value() == TOKEN));
        let end = SystemTime::UNIX_EPOCH + Duration::from_millis(1_775_289_600_500);
        assert_eq!(credentials.expires_at(), Some(end));
        assert_eq!(credentials.project_id(), Some("project-of-token"));
        assert_eq!(credentials.source(), "IAM user the user");

        let got = server.requests().remove(0);
        assert_eq!(
            (got.method(), got.target()),
            ("POST", "/iam/v3/auth/tokens?nocatalog=true")
        );
        assert_eq!(got.header("content-type").unwrap(), "application/json");
        assert_eq!(
            got.header("user-agent").unwrap(),
            concat!("huaweicloud-auth/", env!("CARGO_PKG_VERSION"))
        );
        let password = json!({"user": {"name": "the user", "password": PASSWORD, "domain": {"name": "the domain"}}});
        let body: Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(
            body,
            json!({"auth": {
                "identity": {"methods": ["password"], "password": password},
                "scope": {"project": expected},
            }})
        );
    }
}

#[tokio::test]
async fn user_is_read_from_variables() {
    let server = Server::respond(|_, _| Answer::iam_token(TOKEN, END)).await;
    let names = ["HW_USER_NAME", "HW_PASSWORD", "HW_DOMAIN_NAME"];
    let ask = async |values: [&str; 3], scope| {
        let variables: Env = names.into_iter().zip(values).collect();
        let endpoint = IamEndpoint::new(&server.endpoint()).unwrap();
        let provider = IamPassword::from_env(variables, scope, endpoint, &HttpOptions::new());
        provider.provide().await
    };
    let credentials = ask(["u", PASSWORD, "d"], Some(region())).await.unwrap();
    assert_eq!(credentials.source(), "environment HW_USER_NAME (IAM user u)");
    for (values, kind, why) in [
        (["", "", "d"], ProviderErrorKind::NotFound, "HW_USER_NAME is empty"),
        (
            ["u", "", "d"],
            ProviderErrorKind::Invalid,
            "HW_USER_NAME and HW_DOMAIN_NAME set but not HW_PASSWORD",
        ),
        (
            ["", PASSWORD, ""],
            ProviderErrorKind::Invalid,
            "HW_PASSWORD set but not HW_USER_NAME and HW_DOMAIN_NAME",
        ),
        (
            ["u", "p\n", "d"],
            ProviderErrorKind::Invalid,
            "HW_USER_NAME, HW_PASSWORD, HW_DOMAIN_NAME: the password ends with a line break; remove it",
        ),
    ] {
        let error = ask(values, Some(region())).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, why));
    }
    let error = ask(["u", "p", "d"], None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a token is for one project: name a region or a project id"
    );
    // Invalid users are not sent.
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn default_chain_asks_its_sources_in_order() {
    // The cache does not take what has ended.
    const FAR: &str = "2999-01-01T00:00:00Z";
    let folder = tempfile::TempDir::new().unwrap();
    let profile = folder.path().join("profile");
    std::fs::write(&profile, "[basic]\nak=profile\nsk=s\n").unwrap();
    let iam = Server::respond(|_, _| Answer::iam_token(TOKEN, FAR)).await;
    let metadata = Server::respond(|got, _| match got.method() {
        "PUT" => Answer::new(404),
        _ => Answer::new(200).body(format!(
            r#"{{"credential":{{"access":"ecs","secret":"s","securitytoken":"t","expires_at":"{FAR}"}}}}"#
        )),
    })
    .await;
    let mut places = vec![
        vec![("T", "token")],
        vec![("HUAWEICLOUD_SDK_AK", "sdk"), ("HUAWEICLOUD_SDK_SK", "s")],
        vec![("HW_ACCESS_KEY", "terraform"), ("HW_SECRET_KEY", "s")],
        vec![("HW_USER_NAME", "u"), ("HW_PASSWORD", "p"), ("HW_DOMAIN_NAME", "d")],
        vec![("HUAWEICLOUD_SDK_CREDENTIALS_FILE", profile.to_str().unwrap())],
    ];
    let chain = |places: &[Vec<(&str, &str)>], metadata: &str| {
        DefaultChain::new()
            .env(places.concat().into_iter().collect())
            .token_variable("T")
            .project_id("p")
            .iam_endpoint(IamEndpoint::new(&iam.endpoint()).unwrap())
            .metadata_address(metadata)
            .build()
            .unwrap()
    };
    let mut found = Vec::new();
    loop {
        found.push(
            chain(&places, &metadata.endpoint())
                .provide()
                .await
                .unwrap()
                .source()
                .to_owned(),
        );
        if places.is_empty() {
            break;
        }
        places.remove(0);
    }
    assert_eq!(
        found,
        [
            "environment T".to_owned(),
            "environment HUAWEICLOUD_SDK_AK".to_owned(),
            "environment HW_ACCESS_KEY".to_owned(),
            "environment HW_USER_NAME (IAM user u)".to_owned(),
            format!("profile file {} [basic]", profile.display()),
            "ECS metadata".to_owned(),
        ]
    );
    // Without any credentials the error has every attempt, in order.
    let error = chain(&[], &closed_endpoint()).provide().await.unwrap_err();
    let places: Vec<_> = error.attempts().iter().map(|place| place.provider().unwrap()).collect();
    assert_eq!(
        places,
        [
            "environment T",
            "environment",
            "IAM user of the environment",
            "profile file",
            "ECS metadata"
        ]
    );
    assert!(
        error
            .attempts()
            .iter()
            .all(|place| place.kind() == ProviderErrorKind::NotFound)
    );
}

#[tokio::test]
async fn default_chain_takes_the_token_file_first() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "file-token").unwrap();
    let env = [("T", "token"), ("HW_ACCESS_KEY", "a"), ("HW_SECRET_KEY", "s")];
    let chain = DefaultChain::new()
        .env(env.into_iter().collect())
        .token_file(&path)
        .token_variable("T");
    let credentials = chain.build().unwrap().provide().await.unwrap();
    assert_eq!(credentials.source(), format!("token file {}", path.display()));
}

#[test]
fn default_chain_refuses_invalid_options() {
    for chain in [
        DefaultChain::new().region("a.b"),
        DefaultChain::new().metadata_address("http://10.0.0.1"),
    ] {
        assert_eq!(chain.build().unwrap_err().kind(), ProviderErrorKind::Invalid);
    }
}

#[tokio::test]
async fn offline_resolution_sends_nothing() {
    let server = Server::respond(|_, _| Answer::new(500)).await;
    let resolve = async |pairs: &[(&str, &str)]| {
        let chain = DefaultChain::new()
            .env(pairs.iter().copied().collect())
            .token_variable("T")
            .iam_endpoint(IamEndpoint::new(&server.endpoint()).unwrap())
            .metadata_address(server.endpoint());
        chain.resolve_offline().await
    };
    let user = [("HW_USER_NAME", "u"), ("HW_PASSWORD", "p"), ("HW_DOMAIN_NAME", "d")];
    let key = [("HW_ACCESS_KEY", "a"), ("HW_SECRET_KEY", "s")];
    let found = resolve(&[&user[..], &key[..]].concat()).await.unwrap();
    assert!(matches!(found, LocalCredentials::Credentials(key) if key.source() == "environment HW_ACCESS_KEY"));
    let found = resolve(&user).await.unwrap();
    assert!(matches!(found, LocalCredentials::IamUser(user) if user.name() == "u"));
    // Half a user ends the search, as it does in the chain.
    let error = resolve(&user[..1]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "IAM user of the environment: HW_USER_NAME set but not HW_PASSWORD and HW_DOMAIN_NAME"
    );
    let error = resolve(&[]).await.unwrap_err();
    let attempts: Vec<_> = error.attempts().iter().filter_map(ProviderError::provider).collect();
    assert_eq!(
        attempts,
        [
            "environment T",
            "environment",
            "IAM user of the environment",
            "profile file",
            "ECS metadata"
        ]
    );
    assert_eq!(error.attempts()[4].message(), "not asked offline");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn refusals_have_the_message_of_iam() {
    for (status, body, kind, message) in [
        (
            401,
            r#"{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}"#,
            ProviderErrorKind::Refused,
            "IAM refused: The username or password is wrong. (401, HTTP 401, request id trace-1)",
        ),
        (
            403,
            r#"{"error_code":"IAM.0101","error_msg":"two\nlines"}"#,
            ProviderErrorKind::Refused,
            "IAM refused: two\\nlines (IAM.0101, HTTP 403, request id trace-1)",
        ),
        (
            401,
            "",
            ProviderErrorKind::Refused,
            "IAM refused (HTTP 401, request id trace-1)",
        ),
        (
            429,
            r#"{"error_code":"APIGW.0308","error_msg":"too many"}"#,
            ProviderErrorKind::Unavailable,
            "IAM is unavailable: too many (APIGW.0308, HTTP 429, request id trace-1)",
        ),
        (
            503,
            "<html>",
            ProviderErrorKind::Unavailable,
            "IAM is unavailable (HTTP 503, request id trace-1)",
        ),
        (
            404,
            "<html>",
            ProviderErrorKind::Protocol,
            "the response is not one of IAM: check the endpoint and any proxy (HTTP 404, request id trace-1)",
        ),
        (
            200,
            "{}",
            ProviderErrorKind::Protocol,
            "the response is not one of IAM: check the endpoint and any proxy (HTTP 200, request id trace-1)",
        ),
    ] {
        let server = Server::respond(move |_, _| {
            let token = if status == 200 { "token" } else { "" };
            Answer::new(status)
                .body(body)
                .header("X-IAM-Trace-Id", "trace-1")
                .header("X-Subject-Token", token)
        })
        .await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
        assert_eq!((error.status(), error.request_id()), (Some(status), Some("trace-1")));
        // Neither retried nor sent elsewhere.
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn request_ids_with_an_echo_are_masked() {
    for header in ["X-IAM-Trace-Id", "X-Request-Id"] {
        for secret in [PASSWORD, TOKEN] {
            // A header carries no `é` as it is.
            let echo = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            let server = Server::respond(move |_, _| {
                Answer::new(201)
                    .body("[]")
                    .header("X-Subject-Token", TOKEN)
                    .header(header, format!("a {echo} b"))
            })
            .await;
            let error = ask(&server).await.unwrap_err();
            assert_eq!(error.request_id(), Some("a *** b"), "{header}");
            assert_none(&printed_error(&error), &[PASSWORD, TOKEN]);
        }
    }
}

#[tokio::test]
async fn unusable_tokens_are_protocol_errors() {
    let body = |end: &str| format!(r#"{{"token":{{"expires_at":"{end}"}}}}"#);
    for (reply, why) in [
        (Answer::new(201).body(body(END)), "has no token in X-Subject-Token"),
        (Answer::iam_token("", END), "has an unusable token"),
        (Answer::iam_token("a b", END), "has an unusable token"),
        (Answer::iam_token(&"x".repeat(32_769), END), "has an unusable token"),
        (
            Answer::iam_token("x", "soon"),
            "has a token whose expires_at is not a time",
        ),
        (
            Answer::new(201).body("[]").header("X-Subject-Token", "x"),
            "does not describe the token",
        ),
        (
            Answer::new(201)
                .body(" ".repeat(2 << 20))
                .header("X-Subject-Token", "x"),
            "is larger than 1 MiB",
        ),
    ] {
        let server = Server::respond(move |_, _| reply.clone()).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.message(), format!("the response of IAM {why}"));
        assert_eq!((error.kind(), error.status()), (ProviderErrorKind::Protocol, Some(201)));
    }
    // The longest token, and one without an expiry.
    let server = Server::respond(|_, _| Answer::iam_token(&"x".repeat(32_768), END)).await;
    assert!(ask(&server).await.is_ok());
    let server = Server::respond(|_, _| Answer::new(201).body(r#"{"token":{}}"#).header("X-Subject-Token", "x")).await;
    assert_eq!(ask(&server).await.unwrap().expires_at(), None);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Server::respond(|_, _| Answer::iam_token(TOKEN, END)).await;
    let url = other.endpoint();
    let server =
        Server::respond(move |_, _| Answer::new(307).header("Location", format!("{url}/v3/auth/tokens"))).await;
    assert_eq!(ask(&server).await.unwrap_err().kind(), ProviderErrorKind::Protocol);
    assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
}

#[tokio::test]
async fn request_times_out() {
    let server = Server::respond_async(|_, _| std::future::pending::<Answer>()).await;
    let options = HttpOptions::new().timeout(Duration::from_millis(100));
    let endpoint = IamEndpoint::new(&server.endpoint()).unwrap();
    let error = IamPassword::new(user(), region(), endpoint, &options)
        .provide()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ProviderErrorKind::Timeout, "timed out waiting for a response of IAM")
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn output_has_no_secret() {
    let mut output = format!("{:?}{:#?}", user(), provider("http://127.0.0.1:1", region()));
    // Services echo what they were sent, plain or escaped.
    for spelling in spellings(PASSWORD).into_iter().take(3) {
        let said = json!({"error_code": spelling, "error_msg": format!("1 {spelling} 2"), "request_id": spelling});
        let server = Server::respond(move |_, _| Answer::new(400).body(said.to_string())).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.message(), "IAM refused: 1 *** 2");
        output += &printed_error(&error);
    }
    let good = Server::respond(|_, _| Answer::iam_token(TOKEN, "soon")).await;
    output += &printed_error(&ask(&good).await.unwrap_err());
    let html = Server::respond(|got, _| Answer::new(502).body(String::from_utf8(got.body.clone()).unwrap())).await;
    output += &printed_error(&ask(&html).await.unwrap_err());
    let gone = provider(&closed_endpoint(), region()).provide().await.unwrap_err();
    assert_eq!(gone.kind(), ProviderErrorKind::Unreachable);
    let gone = printed_error(&gone);
    // The address is named once, without the path.
    assert!(!gone.contains("/v3/auth/tokens"), "{gone}");
    output += &gone;
    let fine = Server::respond(|_, _| Answer::iam_token(TOKEN, END)).await;
    output += &format!("{:?}", ask(&fine).await.unwrap());
    for password in [
        format!("{PASSWORD}\n"),
        format!("{PASSWORD}\u{7}"),
        format!(" {PASSWORD}"),
    ] {
        output += &printed_error(&IamUser::new("u", password, "d").unwrap_err());
    }
    assert!(output.len() > 3_000);
    assert_none(&output, &[PASSWORD, TOKEN]);
}

#[test]
fn endpoints_are_checked() {
    let urls = |endpoint: Result<IamEndpoint, ProviderError>| -> Vec<String> {
        endpoint.unwrap().urls().map(str::to_owned).collect()
    };
    let global = "https://iam.myhuaweicloud.com";
    // An unknown region works.
    for region in ["cn-north-4", "xx-new-1"] {
        let own = format!("https://iam.{region}.myhuaweicloud.com");
        assert_eq!(urls(IamEndpoint::of_region(region)), [own, global.to_owned()]);
    }
    // The European site has accounts of its own.
    assert_eq!(
        urls(IamEndpoint::of_region("eu-west-101")),
        ["https://iam.eu-west-101.myhuaweicloud.eu"]
    );
    assert_eq!(urls(Ok(IamEndpoint::global())), [global]);
    assert_eq!(
        urls(IamEndpoint::new("https://gateway.example.com:8443/a/b/")),
        ["https://gateway.example.com:8443/a/b"]
    );
    for region in ["", "evil.example.com/", "a.b", "A", "x\n", &"x".repeat(64)] {
        assert_eq!(
            IamEndpoint::of_region(region).unwrap_err().kind(),
            ProviderErrorKind::Invalid,
            "{region}"
        );
    }
    for url in [
        "http://iam.example.com",
        "http://127.0.0.1.example.com",
        "https://u:p@h",
        "https://h/?q=1",
        "iam",
        "file:///x",
    ] {
        assert_eq!(
            IamEndpoint::new(url).unwrap_err().kind(),
            ProviderErrorKind::Invalid,
            "{url}"
        );
    }
}
