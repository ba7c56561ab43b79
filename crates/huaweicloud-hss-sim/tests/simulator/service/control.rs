//! The request log, the faults, starting and stopping.

use std::time::{Duration, Instant};

use crate::support::{self, Call, eventually, unlimited};
use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Fault, ScanState, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpStream;

fn rescan(simulator: &Simulator) -> Call {
    Call::demo_rescan(simulator).json(&json!({"range_type": "all_failed_host"}))
}

async fn requests(simulator: &Simulator) -> Vec<Value> {
    let reply = Call::new("GET", "/_sim/requests").send(simulator).await;
    assert_eq!(reply.status, 200);
    reply.json()["requests"].as_array().unwrap().clone()
}

async fn post_fault(simulator: &Simulator, fault: &Value) -> support::Reply {
    Call::new("POST", "/_sim/faults").json(fault).send(simulator).await
}

/// What a web page can make a browser send.
#[tokio::test]
async fn own_routes_answer_to_this_machine_alone() {
    let simulator = unlimited().start().await.unwrap();
    let port = simulator.address().port();
    let with = async |headers: &[(&str, &str)]| {
        let fault = json!({"status": 503}).to_string();
        let routes = [
            ("GET", "/_sim/requests", ""),
            ("POST", "/_sim/faults", &*fault),
            ("POST", "/_sim/reset", ""),
        ];
        let mut statuses = Vec::new();
        for (method, target, body) in routes {
            let call = Call::new(method, target)
                .header("Content-Type", "text/plain")
                .bytes(body.as_bytes());
            let call = headers
                .iter()
                .fold(call, |call, (name, value)| call.header(name, value));
            statuses.push(call.send(&simulator).await.status);
        }
        statuses
    };
    let local = format!("localhost:{port}");
    for headers in [
        &[][..],
        &[("Host", &*local)],
        &[("Host", "LOCALHOST")],
        &[("Host", "127.9.8.7:1")],
        &[("Host", "[::1]:80")],
        &[("Host", &local), ("Origin", "http://localhost:3000")],
        &[("Host", &local), ("Origin", "https://127.0.0.1")],
    ] {
        assert_eq!(with(headers).await, [200, 204, 204], "{headers:?}");
    }
    for headers in [
        &[("Host", "evil.example")][..],
        &[("Host", "localhost.evil.example")],
        &[("Host", "127.0.0.1.evil.example")],
        &[("Host", "localhost@evil.example")],
        &[("Host", "evil.example@localhost")],
        &[("Host", "10.0.0.7")],
        &[("Host", "0.0.0.0")],
        &[("Host", "")],
        &[("Host", &local), ("Host", "evil.example")],
        &[("Host", &local), ("Origin", "https://evil.example")],
        &[("Host", &local), ("Origin", "https://localhost.evil.example")],
        &[("Host", &local), ("Origin", "null")],
        &[("Host", &local), ("Origin", "localhost")],
        &[
            ("Host", &local),
            ("Origin", "http://localhost"),
            ("Origin", "https://evil.example"),
        ],
    ] {
        assert_eq!(with(headers).await, [403, 403, 403], "{headers:?}");
    }
    let absolute = Call::new("GET", "http://evil.example/_sim/requests").header("Host", "localhost");
    absolute.send(&simulator).await.assert_refused(403, "SIM.403");
    // The cloud's routes have no such rule: a client calls them by whatever name leads here.
    rescan(&simulator)
        .header("Host", "hss.example.com")
        .send(&simulator)
        .await
        .assert_accepted();
}

#[tokio::test]
async fn records_requests_in_order_with_all_documented_keys() {
    let simulator = unlimited().start().await.unwrap();
    rescan(&simulator)
        .query("enterprise_project_id=0")
        .header("X-Two", "a")
        .header("x-two", "b")
        .send(&simulator)
        .await;
    rescan(&simulator).text("{ no json").send(&simulator).await;
    Call::new("DELETE", "/nowhere?a=1").send(&simulator).await;
    Call {
        method: "GET".to_owned(),
        ..rescan(&simulator)
    }
    .send(&simulator)
    .await;
    let kept = requests(&simulator).await;
    let target = rescan(&simulator).target;
    assert_eq!(kept.len(), 4, "the simulator's own routes are not kept");
    assert_eq!(kept[0]["headers"]["x-two"], json!("a, b"));
    assert_eq!(kept[0]["headers"]["content-type"], json!("application/json"));
    let rows: Vec<Value> = kept
        .into_iter()
        .map(|mut request| {
            let mut names: Vec<&String> = request.as_object().unwrap().keys().collect();
            // Their order depends on the features of serde_json that other crates of a build enable.
            names.sort();
            let contract = [
                "acted",
                "body",
                "error_code",
                "headers",
                "method",
                "operation",
                "path",
                "query",
                "seq",
                "status",
                "wire",
            ];
            assert_eq!(names, contract);
            request.as_object_mut().unwrap().remove("headers");
            request.as_object_mut().unwrap().remove("wire");
            request
        })
        .collect();
    assert_eq!(
        json!(rows),
        json!([
            {"seq": 1, "method": "PUT", "path": target, "query": [["enterprise_project_id", "0"]],
             "body": {"range_type": "all_failed_host"}, "operation": "recreateVulScanTask", "status": 200,
             "error_code": null, "acted": true},
            {"seq": 2, "method": "PUT", "path": target, "query": [], "body": "{ no json",
             "operation": "recreateVulScanTask", "status": 400, "error_code": "HSS.0002", "acted": false},
            {"seq": 3, "method": "DELETE", "path": "/nowhere", "query": [["a", "1"]], "body": null,
             "operation": null, "status": 404, "error_code": "APIGW.0101", "acted": false},
            {"seq": 4, "method": "GET", "path": target, "query": [], "body": {"range_type": "all_failed_host"},
             "operation": null, "status": 405, "error_code": "APIGW.0501", "acted": false},
        ]
        )
    );
}

#[tokio::test]
async fn shows_each_request_in_the_form_of_a_wire_case() {
    let simulator = unlimited().start().await.unwrap();
    Call::new("PUT", "/a!%c3%a9/%2e?a=1&b=x%20y&a=2")
        .header("Content-Type", "Application/JSON; charset=UTF-8")
        .header("X-Auth-Token", "secret")
        .header("X-Other", "1")
        .text("{\"range_type\": \"all_failed_host\"}")
        .send(&simulator)
        .await;
    assert_eq!(
        requests(&simulator).await[0]["wire"],
        json!({
            "method": "PUT",
            "path": "/a%21%C3%A9/.",
            "query": {"a": ["1", "2"], "b": "x y"},
            "headers": {"content-type": "application/json", "x-auth-token": "***"},
            "body": {"range_type": "all_failed_host"},
        })
    );
}

#[tokio::test]
async fn a_reset_begins_a_test() {
    let simulator = unlimited().any_task(true).start().await.unwrap();
    let reset = async |body: &Value| {
        let reply = Call::new("POST", "/_sim/reset").json(body).send(&simulator).await;
        assert_eq!(reply.status, 204, "{body}");
    };
    let call = async |token: &str, project: &str| {
        let target = format!("/v5/{project}/vulnerability/scan/task/x/rescan");
        let call = Call::new("PUT", &target).json(&json!({"range_type": "all_failed_host"}));
        let reply = call.header("X-Auth-Token", token).send(&simulator).await;
        (reply.status, reply.header("date").unwrap().to_owned())
    };
    let own = (simulator.token(), simulator.project_id());

    assert_eq!(call(own.0, own.1).await.0, 200);
    simulator.inject(Fault::answer(503)).unwrap();
    reset(&json!({"token": "a", "project_id": "p", "clock_offset": 86_400 * 365})).await;
    assert!(requests(&simulator).await.is_empty());
    let (status, then) = call("a", "p").await;
    assert_eq!(status, 200, "no fault is left, and the token is taken for its project");
    assert_eq!(call("a", own.1).await.0, 403);
    assert_eq!(call(own.0, "p").await.0, 403);
    assert_eq!(call(own.0, own.1).await.0, 200, "the configured token stays");

    reset(&json!({"token": "b"})).await;
    let (status, now) = call("b", own.1).await;
    assert_eq!(status, 200, "without a project the token is for the configured one");
    assert_ne!(then[8..16], now[8..16], "the clock is set back");
    assert_eq!(call("a", "p").await.0, 401);
    assert_eq!(requests(&simulator).await.len(), 2);

    Call::new("POST", "/_sim/reset").send(&simulator).await;
    assert_eq!(call("b", own.1).await.0, 401, "without a body nothing is registered");
    for wrong in [json!({"tokens": "a"}), json!({"token": 1})] {
        let reply = Call::new("POST", "/_sim/reset").json(&wrong).send(&simulator).await;
        reply.assert_refused(400, "SIM.400");
    }
}

#[tokio::test]
async fn the_request_log_has_no_secret() {
    let simulator = unlimited().start().await.unwrap();
    let secret = "s3cr3t-Value";
    let user = json!({"name": "u", "password": secret, "domain": {"name": "d"}});
    let sign_in = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}},
                                  "scope": {"project": {"name": "p"}}}});
    rescan(&simulator)
        .without_header("x-auth-token")
        .token(secret)
        .header(
            "AUTHORIZATION",
            format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=b, Signature={secret}"),
        )
        .header("X-Security-Token", secret)
        .header("X-Metadata-Token", secret)
        .header("X-Subject-Token", secret)
        .header("Cookie", secret)
        .header("Proxy-Authorization", secret)
        .send(&simulator)
        .await;
    for target in ["/v3/auth/tokens", "/v3/auth/token"] {
        Call::new("POST", target).json(&sign_in).send(&simulator).await;
        Call::new("POST", target)
            .text(&format!("{sign_in}, and more"))
            .send(&simulator)
            .await;
        let listed = json!({"auth": [{"PASSWORD": [secret]}, {"token": secret}]});
        Call::new("POST", target).json(&listed).send(&simulator).await;
    }
    let kept = requests(&simulator).await;
    assert_eq!(kept.len(), 7);
    assert!(!json!(kept).to_string().contains(secret), "{kept:#?}");
    for name in [
        "x-auth-token",
        "authorization",
        "x-security-token",
        "x-metadata-token",
        "x-subject-token",
        "cookie",
    ] {
        assert_eq!(kept[0]["headers"][name], json!("***"), "{name}");
    }
    assert_eq!(
        kept[1]["body"]["auth"]["identity"]["password"]["user"]["name"],
        json!("u"),
        "the rest is kept"
    );
    assert!(!format!("{:?}", simulator.requests()).contains(secret));
}

#[tokio::test]
async fn a_fault_answers_in_place_of_the_service() {
    let simulator = unlimited().start().await.unwrap();
    let fault = json!({"times": 2, "status": 503, "headers": {"Retry-After": "7", "X-Request-Id": "mine"},
                       "body": {"error_code": "APIGW.0613", "error_msg": "IAM is away."}});
    assert_eq!(post_fault(&simulator, &fault).await.status, 204);
    for _ in 0..2 {
        let reply = rescan(&simulator).send(&simulator).await;
        reply.assert_refused(503, "APIGW.0613");
        assert_eq!(reply.header("retry-after"), Some("7"));
        assert_eq!(reply.header("x-request-id"), Some("mine"));
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    let task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID).unwrap();
    assert_eq!(task.state("host-a"), Some(ScanState::Failed), "the service did not act");
    rescan(&simulator).send(&simulator).await.assert_accepted();
    let kept: Vec<_> = simulator
        .requests()
        .iter()
        .map(|r| (r.status, r.error_code.clone()))
        .collect();
    let expected = [(503, Some("APIGW.0613")), (503, Some("APIGW.0613")), (200, None)];
    assert_eq!(
        kept,
        expected.map(|(status, code)| (Some(status), code.map(str::to_owned)))
    );
}

#[tokio::test]
async fn a_fault_can_have_any_body() {
    let simulator = unlimited().start().await.unwrap();
    for (body, sent, kind) in [
        (json!("<html>"), "<html>", "text/plain; charset=utf-8"),
        (json!(""), "", "text/plain; charset=utf-8"),
        (json!("{\"a\": 1}"), "{\"a\": 1}", "application/json"),
        (json!([1, null]), "[1,null]", "application/json"),
        (json!(7), "7", "application/json"),
    ] {
        post_fault(&simulator, &json!({"status": 200, "body": body})).await;
        let reply = rescan(&simulator).send(&simulator).await;
        assert_eq!(
            (reply.status, reply.body.as_str(), reply.header("content-type")),
            (200, sent, Some(kind))
        );
    }
    let fault = json!({"status": 200, "body": "<html>", "headers": {"content-TYPE": "text/html"}});
    post_fault(&simulator, &fault).await;
    assert_eq!(
        rescan(&simulator).send(&simulator).await.header("content-type"),
        Some("text/html")
    );
    post_fault(
        &simulator,
        &json!({"status": 302, "headers": {"Location": "/elsewhere"}}),
    )
    .await;
    let reply = rescan(&simulator).send(&simulator).await;
    assert_eq!(
        (reply.status, reply.header("location"), reply.body.as_str()),
        (302, Some("/elsewhere"), "")
    );
}

#[tokio::test]
async fn faults_wait_in_order_for_their_operation() {
    let simulator = unlimited().start().await.unwrap();
    simulator.inject(Fault::answer(500).operation("retryTask")).unwrap();
    simulator.inject(Fault::answer(501).operation("createToken")).unwrap();
    simulator.inject(Fault::answer(502)).unwrap();
    simulator.inject(Fault::answer(503)).unwrap();
    let status = async |call: Call| call.send(&simulator).await.status;
    let retry = || Call::demo_retry(&simulator).json(&json!({"task_type": "cluster_scan"}));
    assert_eq!(
        status(Call::new("GET", "/_sim/requests")).await,
        200,
        "not a request to the cloud"
    );
    assert_eq!(status(rescan(&simulator)).await, 502);
    assert_eq!(status(Call::new("POST", "/v3/auth/tokens")).await, 501);
    assert_eq!(status(Call::new("POST", "/v3/auth/tokens")).await, 400, "meant for HSS");
    assert_eq!(status(Call::new("GET", "/v3/projects")).await, 401, "meant for HSS");
    let key = "/openstack/latest/securitykey";
    assert_eq!(status(Call::new("GET", key)).await, 401, "meant for HSS");
    simulator
        .inject(Fault::answer(504).operation("getSecurityKey"))
        .unwrap();
    assert_eq!(status(Call::new("GET", key)).await, 504);
    assert_eq!(status(retry()).await, 500);
    assert_eq!(status(Call::new("GET", "/unknown")).await, 503);
    assert_eq!(status(retry()).await, 200);
}

#[tokio::test]
async fn a_delay_holds_back_the_answer_after_the_service_has_acted() {
    let simulator = unlimited().scan_time(Duration::MAX).start().await.unwrap();
    post_fault(&simulator, &json!({"delay_ms": 200})).await;
    let before = Instant::now();
    rescan(&simulator).send(&simulator).await.assert_accepted();
    assert!(before.elapsed() >= Duration::from_millis(200), "{:?}", before.elapsed());

    // The request of a client that gives up has an effect.
    simulator.inject(Fault::delay(Duration::from_secs(3000))).unwrap();
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "specific_host", "host_ids": ["host-c"]}));
    let given_up = {
        let (address, call) = (simulator.address(), call.clone());
        tokio::spawn(async move { call.send_to(address).await })
    };
    eventually(|| simulator.requests().len() == 2).await;
    given_up.abort();
    let task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID).unwrap();
    assert_eq!(task.state("host-c"), Some(ScanState::Scanning));
}

#[tokio::test]
async fn refuses_an_impossible_fault_with_a_reason() {
    let simulator = unlimited().start().await.unwrap();
    for (fault, reason) in [
        (json!({}), "status"),
        (json!([1, 500]), "JSON object"),
        (json!({"status": 199}), "200 to 599"),
        (json!({"status": 600}), "200 to 599"),
        (json!({"status": "500"}), "u16"),
        (json!({"status": 500, "times": 0}), "times"),
        (json!({"status": 500, "times": -1}), "-1"),
        (json!({"status": 500, "delay": 1}), "delay"),
        (json!({"status": 500, "delay_ms": 3_600_001}), "hour"),
        (json!({"delay_ms": 1, "body": "x"}), "need a `status`"),
        (json!({"status": 500, "headers": {"a b": "x"}}), "a b"),
        (json!({"status": 500, "headers": {"a": "x\ny"}}), "cannot be sent"),
        (
            json!({"status": 500, "headers": {"Content-Length": "1"}}),
            "content-length",
        ),
        (json!({"action": "explode"}), "`reset`, `stall`, `truncate`"),
        (json!({"action": "reset", "status": 500}), "not both"),
        (json!({"action": "reset", "body": "x"}), "need a `status`"),
        (
            json!({"action": "reset", "acted": false, "headers": {"a": "b"}}),
            "need a `status`",
        ),
        (json!({"status": 500, "acted": false}), "`acted` needs an `action`"),
        (json!({"delay_ms": 1, "acted": false}), "`acted` needs an `action`"),
    ] {
        let reply = post_fault(&simulator, &fault).await;
        assert_eq!(reply.status, 400, "{fault}");
        reply.assert_message_holds(reason);
    }
    for (fault, key) in [
        (r#"{"status": 500, "status": 503}"#, "status"),
        (r#"{"status": 500, "headers": {"a": "1", "a": "2"}}"#, "a"),
    ] {
        let reply = Call::new("POST", "/_sim/faults").text(fault).send(&simulator).await;
        assert_eq!(reply.status, 400, "{fault}");
        reply.assert_message_holds(&format!("duplicate field `{key}`"));
    }
    rescan(&simulator).send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn the_number_of_waiting_faults_is_bounded() {
    let simulator = unlimited().start().await.unwrap();
    for _ in 0..1000 {
        simulator.inject(Fault::answer(500)).unwrap();
    }
    assert!(simulator.inject(Fault::answer(500)).is_err());
}

#[tokio::test]
async fn own_routes_say_which_methods_they_take() {
    let simulator = unlimited().start().await.unwrap();
    for (method, target, allow) in [
        ("POST", "/_sim/requests", "GET"),
        ("GET", "/_sim/faults", "POST"),
        ("DELETE", "/_sim/reset", "POST"),
        ("PUT", "/_sim/tasks/x", "GET"),
    ] {
        let reply = Call::new(method, target).send(&simulator).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{target}");
        assert!(reply.header("x-request-id").is_some());
    }
    for target in ["/_sim", "/_sim/", "/_sim/else", "/_sim/tasks"] {
        assert_eq!(Call::new("GET", target).send(&simulator).await.status, 404, "{target}");
    }
    Call::new("GET", "/_simulator")
        .send(&simulator)
        .await
        .assert_refused(404, "APIGW.0101");
}

#[tokio::test]
async fn dropping_the_simulator_frees_the_port() {
    let simulator = unlimited().start().await.unwrap();
    let address = simulator.address();
    TcpStream::connect(address).await.unwrap();
    drop(simulator);
    let gone = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(support::TIMEOUT, gone).await.unwrap();
}

#[tokio::test]
async fn shutdown_answers_pending_requests_and_ends_delays() {
    let simulator = unlimited().start().await.unwrap();
    simulator.inject(Fault::delay(Duration::from_secs(3000))).unwrap();
    let (address, call) = (simulator.address(), rescan(&simulator));
    let waiting = tokio::spawn(async move { call.send_to(address).await });
    eventually(|| simulator.requests().len() == 1).await;
    tokio::time::timeout(Duration::from_secs(4), simulator.shutdown())
        .await
        .expect("it to stop by itself");
    waiting.await.unwrap().assert_accepted();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn two_simulators_run_side_by_side() {
    let (one, other) = (unlimited().start().await.unwrap(), unlimited().start().await.unwrap());
    assert_ne!(one.endpoint(), other.endpoint());
    rescan(&one).send(&one).await.assert_accepted();
    assert_eq!((one.requests().len(), other.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let simulator = unlimited().start().await.unwrap();
    let error = unlimited().listen(simulator.address()).start().await.unwrap_err();
    assert!(error.to_string().contains(&simulator.address().to_string()), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

/// A fault that meets no request would let a test pass for the wrong reason.
#[tokio::test]
async fn refuses_a_fault_for_an_unknown_operation() {
    let simulator = unlimited().start().await.unwrap();
    let error = simulator.inject(Fault::answer(503).operation("RetryTask")).unwrap_err();
    assert_eq!(error.to_string(), "there is no operation \"RetryTask\"");
    for known in ["retryTask", "createToken"] {
        simulator.inject(Fault::answer(503).operation(known)).unwrap();
    }
}

#[tokio::test]
async fn the_size_of_waiting_faults_is_limited() {
    let simulator = unlimited().start().await.unwrap();
    let body = "x".repeat(16 * 1024 * 1024 - 100);
    let fault = || Fault::answer(503).body(body.clone());
    for _ in 0..4 {
        simulator.inject(fault()).unwrap();
    }
    let refused = simulator.inject(fault()).unwrap_err();
    assert!(refused.to_string().contains("64 MiB"), "{refused}");
    rescan(&simulator).send(&simulator).await;
    simulator.inject(Fault::answer(503)).unwrap();
}
