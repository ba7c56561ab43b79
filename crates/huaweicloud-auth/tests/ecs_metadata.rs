//! Temporary keys from a fake metadata service.
#![cfg(test)]

use huaweicloud_auth::provider::{Chain, EcsMetadata, EnvToken};
use huaweicloud_auth::{
    AccessKey, Credentials, CredentialsProvider, Env, HttpOptions, Identity, ProviderError, ProviderErrorKind, Proxy,
};

use testkit::secrets::{assert_none, printed_error};
use testkit::{Answer, Fault, Phase, Request, Server, Termination, closed_endpoint};

const SECRET: &str = "the/secret+of=22/letters";
const SECURITY_TOKEN: &str = "the/security+token=of/30+letters";
const SESSION: &str = "the/session+token=of/the+service";

fn key() -> String {
    format!(
        r#"{{"credential":{{"access":"TEMPORARYKEY00000000","secret":"{SECRET}","securitytoken":"{SECURITY_TOKEN}","expires_at":"2026-04-03T14:00:00.123000Z"}}}}"#
    )
}

async fn ask(server: &Server) -> Result<Credentials, ProviderError> {
    // The proxy does not exist, so a request through it would fail.
    let options = HttpOptions::new().proxy(Proxy::url(&closed_endpoint()).unwrap());
    EcsMetadata::at(&server.endpoint(), &options).unwrap().provide().await
}

/// A service with these responses to the two requests.
async fn serve(token: (u16, &'static str), key: (u16, String)) -> Server {
    Server::respond(move |got: &Request, _| match (got.method(), got.target()) {
        ("PUT", "/meta-data/latest/api/token") => Answer::new(token.0).body(token.1),
        ("GET", "/openstack/latest/securitykey") => Answer::new(key.0).body(key.1.clone()),
        other => panic!("{other:?}"),
    })
    .await
}

#[tokio::test]
async fn metadata_gives_a_temporary_key_with_its_expiry() {
    let server = serve((200, SESSION), (200, key())).await;
    let credentials = ask(&server).await.unwrap();
    let expected = AccessKey::new("TEMPORARYKEY00000000", SECRET)
        .unwrap()
        .with_security_token(SECURITY_TOKEN)
        .unwrap();
    assert!(credentials.same_identity(&expected.into()));
    let end = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_775_224_800_123);
    assert_eq!(credentials.expires_at(), Some(end));
    assert_eq!(credentials.to_string(), "temporary access key TEMP… (ECS metadata)");
    assert_none(&format!("{credentials:?}{credentials:#?}"), &[SECRET, SECURITY_TOKEN]);

    let got = server.requests();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].header("x-metadata-token-ttl-seconds").unwrap(), "21600");
    assert_eq!(got[1].header("x-metadata-token").unwrap(), SESSION);
}

#[tokio::test]
async fn session_token_is_optional() {
    for status in [404, 405, 503] {
        let server = serve((status, "no"), (200, key())).await;
        assert!(matches!(ask(&server).await.unwrap().identity(), Identity::AccessKey(_)));
        assert!(server.requests()[1].header("x-metadata-token").is_none());
    }
    for (status, kind) in [(403, ProviderErrorKind::Refused), (500, ProviderErrorKind::Unavailable)] {
        let server = serve((status, ""), (200, key())).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status(), server.requests().len()),
            (kind, Some(status), 1)
        );
    }
}

#[tokio::test]
async fn chain_goes_on_without_a_metadata_service() {
    let gone = EcsMetadata::at(&closed_endpoint(), &HttpOptions::new()).unwrap();
    let error = gone.provide().await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::NotFound);
    assert!(
        error.to_string().starts_with("no response from http://127.0.0.1:"),
        "{error}"
    );
    let variables: Env = [("T", "token")].into_iter().collect();
    let chain = Chain::new().then(gone).then(EnvToken::new("T", variables));
    assert!(matches!(chain.provide().await.unwrap().identity(), Identity::Token(_)));

    let server = serve((200, SESSION), (404, "no agency".to_owned())).await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ProviderErrorKind::NotFound, "this server has no agency, so no key")
    );
}

/// The program is on a server then, so the service is there and fails.
#[tokio::test]
async fn a_service_that_gave_a_key_before_is_known_to_be_there() {
    let scripted = |first: Fault| {
        let good = || [Answer::new(200).body(SESSION), Answer::new(200).body(key())].map(Fault::from);
        Server::start(good().into_iter().chain([first]).chain(good()))
    };
    let refuse = Fault::Refuse { for_ms: None };
    let broken = Fault::Answer(Answer::new(500));
    let closed = Fault::Break {
        at: Phase::Connect,
        by: Termination::Reset,
    };
    for (fault, kind) in [
        (refuse, ProviderErrorKind::Unreachable),
        (broken, ProviderErrorKind::Unavailable),
        (closed, ProviderErrorKind::Unavailable),
    ] {
        let server = scripted(fault.clone()).await;
        let provider = EcsMetadata::at(&server.endpoint(), &HttpOptions::new()).unwrap();
        provider.provide().await.unwrap();
        let error = provider.provide().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.service()),
            (kind, Some("the metadata service")),
            "{fault:?}"
        );
        if kind == ProviderErrorKind::Unreachable {
            let message = format!("no connection to the metadata service at {}", server.address());
            assert_eq!(error.message(), message);
        }
        server.open().await;
        assert!(provider.provide().await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn unusable_keys_are_errors_that_do_not_show_them() {
    let part = |from: &str, to: &str| key().replace(from, to);
    let mut output = String::new();
    for (body, why) in [
        (String::new(), "has no temporary key"),
        (part("\"secret\"", "\"secrets\""), "has no temporary key"),
        (
            part("{\"access", &format!("{{\"access\":{{\"{SECRET}\":1}},\"x")),
            "has no temporary key",
        ),
        (part("2026-04-03T", "soon"), "has a key whose expires_at is not a time"),
        (part("TEMPORARY", "a,b"), "has an unusable key"),
        (part(SECRET, &format!("{SECRET}\\n")), "has an unusable key"),
        (" ".repeat(2 << 20), "is larger than 1 MiB"),
    ] {
        let server = serve((200, SESSION), (200, body)).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Protocol);
        assert_eq!(error.message(), format!("the response of the metadata service {why}"));
        output += &printed_error(&error);
    }
    let server = serve((200, "two\nlines"), (200, key())).await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(
        error.message(),
        "the response of the metadata service has no session token"
    );
    let echo = Server::respond(|got: &Request, _| match got.method() {
        "PUT" => Answer::new(200).body(SESSION),
        _ => Answer::new(500).header("X-Request-Id", SESSION),
    })
    .await;
    let error = ask(&echo).await.unwrap_err();
    assert_eq!(error.request_id(), Some("***"));
    output += &printed_error(&error);
    // A redirect is not followed.
    let away = Server::respond(|_, _| Answer::new(307).header("Location", "/openstack/latest/securitykey")).await;
    assert_eq!(ask(&away).await.unwrap_err().kind(), ProviderErrorKind::Protocol);
    assert_eq!(away.requests().len(), 1);
    assert_none(&output, &[SECRET, SECURITY_TOKEN, SESSION]);
}

#[test]
fn metadata_address_is_local() {
    let at = |address: &str| {
        EcsMetadata::at(address, &HttpOptions::new())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    for good in [
        "http://127.0.0.1:80",
        "http://[::1]:1/x/",
        "http://localhost",
        "http://169.254.169.254",
        "http://[fe80::1]",
    ] {
        assert_eq!(at(good), Ok(()), "{good}");
    }
    for bad in [
        "http://10.0.0.1",
        "http://metadata.example.com",
        "https://169.254.169.254.example.com",
        "ftp//",
        "http://u:p@127.0.0.1",
    ] {
        assert!(at(bad).is_err(), "{bad}");
    }
}
