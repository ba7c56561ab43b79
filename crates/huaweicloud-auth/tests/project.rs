//! Project ids from a fake IAM.
#![cfg(test)]

use std::sync::Arc;
use std::time::SystemTime;

use huaweicloud_auth::{
    AccessKey, Credentials, HttpOptions, IamEndpoint, ProjectError, ProjectLookup, ProviderErrorKind, RequestView,
    SigningTime, Token, Verifier,
};

use testkit::secrets::{assert_none, printed_error};
use testkit::{Answer, Request, Server};

const SECRET: &str = "the/secret+of=22/letters";
const SECURITY_TOKEN: &str = "the/security+token=of/30+letters";
const TOKEN: &str = "the/token+of=many/letters";

fn key() -> AccessKey {
    AccessKey::new("AccessKey", SECRET)
        .unwrap()
        .with_security_token(SECURITY_TOKEN)
        .unwrap()
}

fn lookup(server: &Server) -> ProjectLookup {
    ProjectLookup::new(
        IamEndpoint::new(&format!("{}/iam", server.endpoint())).unwrap(),
        &HttpOptions::new(),
    )
}

fn projects(list: &[(&str, &str)]) -> Answer {
    let list: Vec<_> = list
        .iter()
        .map(|(id, name)| serde_json::json!({"id": id, "name": name, "enabled": true, "is_domain": false}))
        .collect();
    Answer::new(200).body(serde_json::json!({"projects": list, "links": {}}).to_string())
}

fn is_signed(got: &Request) {
    let mut headers = http::HeaderMap::new();
    for (name, value) in &got.headers {
        headers.insert(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let (path, query) = got.target().split_once('?').unwrap();
    let method = got.method().parse().unwrap();
    let view = RequestView::received(&method, path, Some(query), &headers, &got.body);
    let now = SigningTime::try_from(SystemTime::now()).unwrap();
    Verifier::new()
        .verify(&view, |id| (id == "AccessKey").then(key), now)
        .unwrap();
}

#[tokio::test]
async fn project_id_is_found_and_cached() {
    let server = Server::respond(|_, _| projects(&[("the-id", "cn-north-4"), ("sub", "cn-north-4_sub")])).await;
    let lookup = lookup(&server);
    assert_eq!(lookup.project_id("cn-north-4", &key().into()).await.unwrap(), "the-id");
    let got = server.requests().remove(0);
    assert_eq!(
        (got.method(), got.target()),
        ("GET", "/iam/v3/projects?name=cn-north-4")
    );
    is_signed(&got);

    // Cached, but not for other credentials or another name.
    assert_eq!(lookup.project_id("cn-north-4", &key().into()).await.unwrap(), "the-id");
    assert_eq!(server.requests().len(), 1);
    let token = Credentials::from(Token::new(TOKEN).unwrap());
    assert_eq!(lookup.project_id("cn-north-4", &token).await.unwrap(), "the-id");
    assert_eq!(server.requests()[1].header("x-auth-token").unwrap(), TOKEN);
    assert!(server.requests()[1].header("authorization").is_none());
    assert_eq!(lookup.project_id("cn-north-4_sub", &token).await.unwrap(), "sub");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn project_names_are_encoded_in_the_signed_query() {
    let server = Server::respond(|_, _| projects(&[("the-id", "a b&c=d/é+%")])).await;
    assert_eq!(
        lookup(&server).project_id("a b&c=d/é+%", &key().into()).await.unwrap(),
        "the-id"
    );
    let got = server.requests().remove(0);
    assert_eq!(got.target(), "/iam/v3/projects?name=a%20b%26c%3Dd%2F%C3%A9%2B%25");
    is_signed(&got);
}

#[tokio::test]
async fn no_or_several_projects_are_an_error_that_lists_them() {
    for (list, expected) in [
        (&[][..], "there is no project named cn-north-4; IAM lists none"),
        (
            &[("a", "cn-north-4_x"), ("b\u{7}", SECURITY_TOKEN)][..],
            "there is no project named cn-north-4; IAM lists a (cn-north-4_x), b\\u{7} (***)",
        ),
        (
            &[("a", "cn-north-4"), ("b", "cn-north-4"), ("c", "x")][..],
            "there are 2 projects named cn-north-4; IAM lists a (cn-north-4), b (cn-north-4), c (x)",
        ),
    ] {
        let reply = projects(list);
        let server = Server::respond(move |_, _| reply.clone()).await;
        let error = lookup(&server)
            .project_id("cn-north-4", &key().into())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(matches!(error, ProjectError::NotOne { found, .. } if found.len() == list.len()));
    }
}

#[tokio::test]
async fn concurrent_callers_send_a_refused_key_once() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let opening = Arc::clone(&gate);
    let server = Server::respond_async(move |_, _| {
        let gate = Arc::clone(&opening);
        async move {
            gate.acquire().await.unwrap().forget();
            let echo = format!("bad: {SECRET} {SECURITY_TOKEN}");
            Answer::new(401)
                .header("X-Request-Id", SECURITY_TOKEN)
                .body(serde_json::json!({"error_code": "APIGW.0301", "error_msg": echo}).to_string())
        }
    })
    .await;
    let (lookup, credentials) = (lookup(&server), Credentials::from(key()));
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    let mut calls: Vec<_> = (0..100)
        .map(|_| Box::pin(lookup.project_id("cn-north-4", &credentials)))
        .collect();
    for call in &mut calls {
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    gate.add_permits(100);
    let mut output = String::new();
    for call in calls {
        let error = call.await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "project id: IAM refused: bad: *** *** (APIGW.0301, HTTP 401, request id ***)"
        );
        assert!(matches!(&error, ProjectError::Iam(error) if error.kind() == ProviderErrorKind::Refused));
        output += &printed_error(&error);
    }
    // More than five would lock the key.
    assert_eq!(server.requests().len(), 1);
    output += &format!("{lookup:?}");
    assert_none(&output, &[SECRET, SECURITY_TOKEN]);
}

#[tokio::test]
async fn response_without_a_list_is_a_protocol_error() {
    for (status, body) in [(200, "<html>"), (200, "{}"), (201, r#"{"projects":[]}"#), (302, "")] {
        let server = Server::respond(move |_, _| Answer::new(status).body(body)).await;
        let error = lookup(&server)
            .project_id("cn-north-4", &Token::new(TOKEN).unwrap().into())
            .await
            .unwrap_err();
        let ProjectError::Iam(error) = error else {
            panic!("{error}")
        };
        assert_eq!(
            (error.kind(), error.status()),
            (ProviderErrorKind::Protocol, Some(status))
        );
    }
}
