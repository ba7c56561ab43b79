//! Values that a URL, a header, a terminal or a log could misread. What arrives is looked at as bytes.

use std::future::Future;

use huaweicloud_hss::auth::{AccessKey, Identity, ProviderError, ProviderErrorKind};
use huaweicloud_hss::auth::{BoxFuture, Credentials, CredentialsProvider, Token};
use huaweicloud_hss::{Client, ClientBuilder, Error, ErrorKind, Outcome};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::{Request, Server, answer_bytes};

/// One of each kind: what ends or climbs a path, what begins a query or a fragment, what ends a header, what drives a
/// terminal, what turns or hides letters, marks without a letter, and letters of one to four bytes.
const LETTERS: &[char] = &[
    '.',
    '/',
    '\\',
    '%',
    '2',
    'e',
    'E',
    'F',
    '?',
    '#',
    ';',
    '&',
    '=',
    '+',
    ' ',
    ':',
    '@',
    '"',
    '\'',
    '<',
    '|',
    '\0',
    '\t',
    '\n',
    '\r',
    '\u{7}',
    '\u{1b}',
    '[',
    '\u{7f}',
    '\u{85}',
    '\u{9b}',
    '\u{200b}',
    '\u{200e}',
    '\u{200f}',
    '\u{2028}',
    '\u{2029}',
    '\u{202a}',
    '\u{202b}',
    '\u{202c}',
    '\u{202d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{2069}',
    '\u{feff}',
    '\u{61c}',
    '\u{180e}',
    '\u{fff9}',
    '\u{e0041}',
    '\u{301}',
    '\u{20dd}',
    'é',
    '中',
    '🦀',
    '\u{10ffff}',
    'x',
];

/// A text of up to so many characters, of such letters or of any.
fn hostile(most: usize) -> impl Strategy<Value = String> {
    let letter = prop_oneof![4 => prop::sample::select(LETTERS), 1 => any::<char>()];
    let text = prop::collection::vec(letter, 1..=most).prop_map(String::from_iter);
    // Short ones are the ones that climb.
    let short = prop::collection::vec(prop::sample::select(&LETTERS[..14]), 1..=4).prop_map(String::from_iter);
    let full = prop::sample::select(LETTERS).prop_map(move |letter| String::from_iter([letter].repeat(most)));
    prop_oneof![4 => text, 4 => short, 1 => full].prop_filter("only dots are refused", |id| id != "." && id != "..")
}

/// Runs one property over a runtime that all its cases share.
fn with_runtime(test: impl FnOnce(&tokio::runtime::Runtime)) {
    test(
        &tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap(),
    );
}

/// Each case is a request or more, so fewer than usual, unless `PROPTEST_CASES` says how many.
fn cases() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(40),
    }
}

fn to(server: &Server) -> ClientBuilder {
    Client::builder()
        .endpoint(server.endpoint())
        .project_id("p")
        .token("token")
}

/// The one request that came since the last look.
fn came(server: &Server) -> Request {
    let mut arrived = server.take_requests();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    arrived.remove(0)
}

/// The pieces of the path, decoded, after a look at everything that a misread id could have changed.
fn pieces(request: &Request, names: &[&str]) -> Vec<String> {
    let words: Vec<&str> = request.line.split(' ').collect();
    assert!(
        words.len() == 3 && words[0] == "PUT" && words[2] == "HTTP/1.1",
        "{request:?}"
    );
    let mut found: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    found.sort_unstable();
    assert_eq!(found, names, "{request:?}");
    let (path, query) = request.path_and_query();
    assert_eq!(query, "", "{request:?}");
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte);
    assert!(path.bytes().all(unreserved), "{path}");
    path.split('/').map(decoded).collect()
}

fn decoded(piece: &str) -> String {
    percent_decode_str(piece).decode_utf8().unwrap().into_owned()
}

const BY_TOKEN: &[&str] = &[
    "accept",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "x-auth-token",
];

const BY_KEY: &[&str] = &[
    "accept",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "x-sdk-date",
];

fn checked<T>(runtime: &tokio::runtime::Runtime, sent: impl Future<Output = Result<T, Error>>) -> T {
    runtime.block_on(sent).unwrap()
}

/// The generated functions check the limits alone, so any text within them leaves.
async fn raw_rescan(client: &Client, project: &str, task: &str, body: Value) -> Result<(), Error> {
    let (project, task) = (project.try_into().unwrap(), task.try_into().unwrap());
    let body = serde_json::from_value(body).unwrap();
    client
        .raw()
        .recreate_vul_scan_task(&project, &task, None, &body)
        .await?;
    Ok(())
}

async fn raw_retry(
    client: &Client,
    project: &str,
    task: &str,
    enterprise: Option<&str>,
    body: Value,
) -> Result<(), Error> {
    let (project, task) = (project.try_into().unwrap(), task.try_into().unwrap());
    let enterprise = enterprise.map(|id| id.try_into().unwrap());
    let body = serde_json::from_value(body).unwrap();
    client
        .raw()
        .retry_task(&project, &task, enterprise.as_ref(), &body)
        .await?;
    Ok(())
}

fn all_failed_hosts() -> Value {
    json!({"range_type": "all_failed_host"})
}

fn all_failed_clusters() -> Value {
    json!({"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "all_failed_cluster"}})
}

/// The client's own methods send what the generated functions sent, or refuse the text before a byte is sent.
fn same_or_refused<T>(server: &Server, sent: Result<T, Error>, raw: &Request) {
    match sent {
        Ok(_) => {
            let sent = came(server);
            assert_eq!((&sent.line, &sent.body), (&raw.line, &raw.body));
        }
        Err(error) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
            assert_tame(&error);
            assert!(server.take_requests().is_empty(), "{error}");
        }
    }
}

#[test]
fn no_id_reaches_another_path() {
    with_runtime(|runtime| {
        let server = runtime.block_on(Server::start([answer_bytes(200, &[], b"")]));
        proptest!(cases(), |(project in hostile(256), rescan in hostile(256), retry in hostile(64))| {
            let client = to(&server).build().unwrap();
            checked(runtime, raw_rescan(&client, &project, &rescan, all_failed_hosts()));
            let raw = came(&server);
            let expected = ["", "v5", &project, "vulnerability", "scan", "task", &rescan, "rescan"];
            prop_assert_eq!(pieces(&raw, BY_TOKEN), expected);
            let own = to(&server).project_id(&project).build();
            let own = own.and_then(|client| {
                runtime.block_on(client.recreate_vul_scan_task(&rescan).all_failed_hosts().send())
            });
            same_or_refused(&server, own, &raw);
            checked(runtime, raw_retry(&client, &project, &retry, None, all_failed_clusters()));
            let raw = came(&server);
            let expected = ["", "v5", &project, "common", "tasks", &retry, "retry"];
            prop_assert_eq!(pieces(&raw, BY_TOKEN), expected);
            let own = to(&server).project_id(&project).build();
            let own = own.and_then(|client| runtime.block_on(client.retry_task(&retry).all_failed_clusters().send()));
            same_or_refused(&server, own, &raw);
        });
    });
}

#[test]
fn ids_that_are_only_dots_are_refused() {
    let client = Client::builder().region("cn-north-4").project_id("p").token("token");
    let client = client.build().unwrap();
    with_runtime(|runtime| {
        for id in [".", ".."] {
            let error = runtime
                .block_on(client.recreate_vul_scan_task(id).all_failed_hosts().send())
                .unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
            let error = runtime
                .block_on(client.retry_task(id).all_failed_clusters().send())
                .unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
            let builder = Client::builder().region("cn-north-4").project_id(id).token("token");
            assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Invalid);
        }
    });
}

/// A project that no header can carry goes without `X-Project-Id`: the path has it all the same.
#[test]
fn no_project_forges_a_header() {
    with_runtime(|runtime| {
        let server = runtime.block_on(Server::start([answer_bytes(200, &[], b"")]));
        proptest!(cases(), |(project in hostile(256))| {
            let key = AccessKey::new("AKAKAKAK", "SKSKSKSK").unwrap();
            let client = to(&server).credentials(key).build().unwrap();
            checked(runtime, raw_retry(&client, &project, "task", None, all_failed_clusters()));
            let mut request = came(&server);
            let at = request.headers.iter().position(|(name, _)| name == "x-project-id");
            let named = at.map(|at| request.headers.remove(at).1);
            if let Some(named) = named {
                // White space around a header's value is no part of it.
                prop_assert_eq!(named.trim_matches([' ', '\t']), project.trim_matches([' ', '\t']));
            } else {
                prop_assert!(project.chars().any(|letter| letter.is_ascii_control()), "{:?}", project);
            }
            prop_assert_eq!(&pieces(&request, BY_KEY)[2], &project);
        });
    });
}

#[test]
fn no_enterprise_project_adds_to_the_query() {
    with_runtime(|runtime| {
        let server = runtime.block_on(Server::start([answer_bytes(200, &[], b"")]));
        let client = to(&server).build().unwrap();
        proptest!(cases(), |(id in hostile(256), dots in r"\.{1,3}")| {
            for id in [&id, &dots] {
                checked(runtime, raw_retry(&client, "p", "task", Some(id), all_failed_clusters()));
                let mut request = came(&server);
                let own = client.retry_task("task").all_failed_clusters().enterprise_project_id(id);
                same_or_refused(&server, runtime.block_on(own.send()), &request);
                let (path, query) = request.path_and_query();
                let (name, value) = query.split_once('=').unwrap();
                prop_assert_eq!(name, "enterprise_project_id");
                prop_assert!(!value.contains(['&', '=', '+', '#', ';']), "{}", value);
                prop_assert_eq!(&decoded(value), id);
                request.line = format!("PUT {path} HTTP/1.1");
                prop_assert_eq!(&pieces(&request, BY_TOKEN)[5], "task");
            }
        });
    });
}

#[test]
fn ids_in_bodies_arrive_unchanged() {
    with_runtime(|runtime| {
        let server = runtime.block_on(Server::start([answer_bytes(200, &[], b"")]));
        let client = to(&server).build().unwrap();
        proptest!(cases(), |(host in hostile(300), cluster in hostile(64), kind in hostile(20))| {
            let body = json!({"range_type": "specific_host", "host_ids": [host]});
            checked(runtime, raw_rescan(&client, "p", "task", body.clone()));
            let raw = came(&server);
            prop_assert_eq!(&serde_json::from_slice::<Value>(&raw.body).unwrap(), &body);
            let own = client.recreate_vul_scan_task("task").hosts([&host]);
            same_or_refused(&server, runtime.block_on(own.send()), &raw);

            let list = json!([{"cluster_id": cluster, "scan_type_list": [kind]}]);
            let info = json!({"range_type": "specific_cluster", "cluster_info_list": list});
            let body = json!({"task_type": "cluster_scan", "cluster_scan_info": info});
            checked(runtime, raw_retry(&client, "p", "task", None, body.clone()));
            let raw = came(&server);
            prop_assert_eq!(&serde_json::from_slice::<Value>(&raw.body).unwrap(), &body);
            let own = client.retry_task("task").clusters([huaweicloud_hss::Cluster::new(&cluster).scan_types([&kind])]);
            same_or_refused(&server, runtime.block_on(own.send()), &raw);
        });
    });
}

/// What stands in a header is refused whole, or arrives whole in its own header.
#[test]
fn no_token_or_user_agent_forges_a_header() {
    with_runtime(|runtime| {
        let server = runtime.block_on(Server::start([answer_bytes(200, &[], b"")]));
        proptest!(cases(), |(token in hostile(40), agent in hostile(40))| {
            for client in [to(&server).token(&token), to(&server).user_agent(&agent)] {
                let client = match client.build() {
                    Ok(client) => client,
                    Err(error) => {
                        assert_tame(&error);
                        continue;
                    }
                };
                checked(runtime, client.retry_task("task").all_failed_clusters().send());
                pieces(&came(&server), BY_TOKEN);
            }
        });
    });
}

/// No form of an error holds a character that drives a terminal, turns the writing or hides. Line feeds are the error's own,
/// and stand in its longer forms alone.
fn assert_tame(error: &Error) {
    let steers = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    for line in [format!("{error}"), format!("{error:?}"), error.message().to_owned()] {
        assert!(!line.contains(steers), "{line:?}");
    }
    for parts in [error.code(), error.request_id(), error.hint()] {
        assert!(!parts.unwrap_or_default().contains(steers), "{parts:?}");
    }
    for lines in [format!("{error:#}"), format!("{error:#?}")] {
        assert!(!lines.contains(|letter| letter != '\n' && steers(letter)), "{lines:?}");
    }
    // As many lines as the error itself makes: message, outcome, hint.
    assert!(format!("{error:#}").lines().count() <= 3, "{error:#}");
}

#[test]
fn no_response_controls_a_terminal() {
    with_runtime(|runtime| {
        proptest!(cases(), |(text in hostile(200), status in prop::sample::select(&[200u16, 302, 400, 401, 403, 404, 429, 500, 503]))| {
            let body = json!({"error_code": text, "error_msg": text, "request_id": text}).to_string();
            // What a header can carry at all.
            let header: Vec<u8> = text.bytes().filter(|byte| *byte >= 32 && *byte != 127).collect();
            let mut bytes = format!("HTTP/1.1 {status} Said\r\nretry-after: 99\r\ncontent-length: {}\r\nx-request-id: ", body.len()).into_bytes();
            bytes.extend_from_slice(&header);
            bytes.extend_from_slice(b"\r\n\r\n");
            bytes.extend_from_slice(body.as_bytes());
            let page = [format!("HTTP/1.1 {status} Said\r\nretry-after: 99\r\nconnection: close\r\n\r\n").as_bytes(), text.as_bytes()].concat();
            for bytes in [bytes, page] {
                let server = runtime.block_on(Server::start([bytes]));
                let client = to(&server).build().unwrap();
                let sent = runtime.block_on(client.retry_task("task").all_failed_clusters().send());
                match sent {
                    Err(error) => assert_tame(&error),
                    // White space alone, or JSON by chance, is a clean answer.
                    Ok(accepted) => prop_assert_eq!(status, 200, "{:?}", accepted),
                }
            }
        });
    });
}

/// A provider of anyone's.
#[derive(Debug)]
struct Says(String);

impl CredentialsProvider for Says {
    fn name(&self) -> &str {
        "says"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        let error = ProviderError::new(ProviderErrorKind::Refused, &*self.0);
        Box::pin(async { Err(error) })
    }
}

/// Credentials from a place with a name of anyone's.
#[derive(Debug)]
struct From(String);

impl CredentialsProvider for From {
    fn name(&self) -> &str {
        &self.0
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        let credentials = Credentials::from(Token::new("token").unwrap()).with_source(&*self.0);
        assert!(matches!(credentials.identity(), Identity::Token(_)));
        Box::pin(async { Ok(credentials) })
    }
}

#[test]
fn no_provider_or_setting_controls_a_terminal() {
    with_runtime(|runtime| {
        let server = runtime.block_on(Server::start([answer_bytes(
            401,
            &[],
            br#"{"error_code":"APIGW.0301","error_msg":"no"}"#,
        )]));
        proptest!(cases(), |(text in hostile(60))| {
            for client in [to(&server).credentials_provider(Says(text.clone())), to(&server).credentials_provider(From(text.clone()))] {
                let client = client.build().unwrap();
                let sent = runtime.block_on(client.retry_task("task").all_failed_clusters().send());
                assert_tame(&sent.unwrap_err());
            }
            let blank = || Client::builder().project_id("p").token("token");
            for client in [
                blank().region(&text),
                blank().endpoint(&text),
                blank().endpoint(format!("https://{text}")),
                blank().region("cn-north-4").user_agent(&text),
                blank().region("cn-north-4").ca_certificates(&*text),
                Client::builder().token("token").region("cn-north-4").iam_endpoint(&text),
            ] {
                if let Err(error) = client.build() {
                    assert_tame(&error);
                }
            }
        });
    });
}
