//! Operations come from the document: one that is added to it is routed and checked without code for it.

use crate::support::{self, Call, DOCUMENT, unlimited};
use huaweicloud_hss_sim::{Simulator, StartError};
use serde_json::{Value, json};

/// The document with an operation that no code knows.
fn with_third_operation() -> Value {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["paths"]["/v5/{project_id}/things/{kind}/{number}"] = json!({
        "parameters": [{"$ref": "#/components/parameters/ProjectIdInPath"}],
        "post": {
            "operationId": "makeThing",
            "parameters": [
                {"name": "kind", "in": "path", "required": true,
                 "schema": {"type": "string", "enum": ["red", "blue"]}},
                {"name": "number", "in": "path", "required": true,
                 "schema": {"type": "integer", "minimum": 0, "exclusiveMinimum": true}},
                {"name": "tag", "in": "query",
                 "schema": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 2}}},
                {"name": "deep", "in": "query", "required": true, "schema": {"type": "boolean"}},
                {"name": "X-Mode", "in": "header", "schema": {"type": "string", "pattern": "^m[0-9]$"}},
            ],
            "requestBody": {"content": {"application/merge-patch+json": {"schema": {
                "allOf": [{"$ref": "#/components/schemas/ThingBase"}],
                "properties": {"nothing": {"type": "string", "nullable": true}},
            }}}},
            "responses": {"200": {"$ref": "#/components/responses/Accepted"}},
        },
        "get": {
            "operationId": "seeThing",
            "security": [],
            "parameters": [
                {"name": "kind", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "number", "in": "path", "required": true, "schema": {"type": "string"}},
            ],
            "responses": {"200": {"$ref": "#/components/responses/Accepted"}},
        },
    });
    document["paths"]["/v5/{project_id}/things/all/{number}"] = json!({"get": {
        "operationId": "seeAll",
        "parameters": [
            {"$ref": "#/components/parameters/ProjectIdInPath"},
            {"name": "number", "in": "path", "required": true, "schema": {"type": "string"}},
        ],
    }});
    document["components"]["schemas"]["ThingBase"] = json!({
        "type": "object",
        "properties": {
            "mode": {"type": "string", "enum": ["on", "off"]},
            "level": {"type": "integer", "x-valid-when": {"mode": "on"}},
        },
    });
    document
}

async fn start(document: &Value) -> Simulator {
    unlimited().document(document.to_string()).start().await.unwrap()
}

#[tokio::test]
async fn checks_a_third_operation_from_the_document_alone() {
    let simulator = start(&with_third_operation()).await;
    let base = format!("/v5/{}/things", simulator.project_id());
    let post = |rest: &str| {
        Call::new("POST", &format!("{base}/{rest}"))
            .token(simulator.token())
            .header("content-type", "application/merge-patch+json")
            .bytes(b"{}")
    };
    for (call, expected) in [
        (post("red/1?deep=true"), ""),
        (post("red/1?deep=false&tag=aa&tag=bb").header("X-Mode", "m1"), ""),
        (post("red/1?deep=true").without_header("content-type").bytes(b""), ""),
        (post("red/1?deep=true").bytes(br#"{"nothing": null}"#), ""),
        (post("red/1?deep=true").bytes(br#"{"mode": "on", "level": 1}"#), ""),
        (post("red/1?deep=true").bytes(br#"{"mode": "off"}"#), ""),
        (post("green/1?deep=true"), "`kind`"),
        (post("red/0?deep=true"), "`number`"),
        (post("red/one?deep=true"), "`number`"),
        (post("red/1"), "`deep`"),
        (post("red/1?deep=yes"), "`deep`"),
        (post("red/1?deep=true&tag=a"), "`tag`"),
        (post("red/1?deep=true&tag=aa&tag=bb&tag=cc"), "`tag`"),
        (post("red/1?deep=true").header("X-Mode", "x"), "`X-Mode`"),
        (post("red/1?deep=true").bytes(br#"{"nothing": 1}"#), "/nothing"),
        (
            post("red/1?deep=true").bytes(br#"{"mode": "off", "level": 1}"#),
            "/level",
        ),
        (post("red/1?deep=true").bytes(br#"{"mode": "on"}"#), "/level"),
    ] {
        let reply = call.send(&simulator).await;
        if expected.is_empty() {
            reply.assert_accepted();
        } else {
            reply.assert_refused(400, "HSS.0001");
            reply.assert_message_holds(expected);
        }
    }
    let wrong_kind = post("red/1?deep=true")
        .without_header("content-type")
        .header("content-type", "application/json");
    wrong_kind.send(&simulator).await.assert_refused(400, "HSS.0002");
    assert_eq!(simulator.requests()[0].operation.as_deref(), Some("makeThing"));
}

#[tokio::test]
async fn methods_security_and_the_more_literal_path_come_from_the_document() {
    let simulator = start(&with_third_operation()).await;
    let base = format!("/v5/{}/things", simulator.project_id());
    let open = Call::new("GET", &format!("{base}/any/1")).send(&simulator).await;
    open.assert_accepted();
    let closed = Call::new("GET", &format!("{base}/all/1")).send(&simulator).await;
    closed.assert_refused(401, "APIGW.0301");
    Call::new("GET", &format!("{base}/all/1"))
        .token(simulator.token())
        .send(&simulator)
        .await
        .assert_accepted();
    let wrong = Call::new("DELETE", &format!("{base}/any/1")).send(&simulator).await;
    wrong.assert_refused(405, "APIGW.0501");
    assert_eq!(wrong.header("allow"), Some("GET, POST"));
    let operations: Vec<_> = simulator
        .requests()
        .into_iter()
        .map(|request| request.operation)
        .collect();
    assert_eq!(
        operations,
        [Some("seeThing"), Some("seeAll"), Some("seeAll"), None].map(|o| o.map(str::to_owned))
    );
}

#[tokio::test]
async fn an_operation_takes_the_security_schemes_of_the_document() {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let rescan = "/paths/~1v5~1{project_id}~1vulnerability~1scan~1task~1{task_id}~1rescan/put";
    document.pointer_mut(rescan).unwrap()["security"] = json!([{"AccessKeySignature": []}]);
    let retry = "/paths/~1v5~1{project_id}~1common~1tasks~1{task_id}~1retry/put";
    document.pointer_mut(retry).unwrap()["security"] = json!([{"AuthToken": []}]);
    let simulator = start(&document).await;
    let key = support::key(&simulator);
    let rescan = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    let refused = rescan.send(&simulator).await;
    refused.assert_refused(401, "APIGW.0301");
    refused.assert_message_holds("no authorization was sent");
    rescan
        .signed(&simulator, &key, 0)
        .send(&simulator)
        .await
        .assert_accepted();
    let retry = Call::demo_retry(&simulator).json(&json!({"task_type": "cluster_scan"}));
    retry.send(&simulator).await.assert_accepted();
    let refused = retry.signed(&simulator, &key, 0).send(&simulator).await;
    refused.assert_refused(401, "APIGW.0301");
    refused.assert_message_holds("no x-auth-token was sent");
}

#[tokio::test]
async fn limits_names_and_conditions_come_from_the_document() {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let schemas = &mut document["components"]["schemas"];
    schemas["HostIdList"]["maxItems"] = json!(1);
    schemas["HostIdList"].as_object_mut().unwrap().remove("x-valid-when");
    schemas["HostRangeType"]["enum"] = json!(["all_failed_host", "specific_host", "no_host"]);
    let scheme = &mut document["components"]["securitySchemes"]["AuthToken"];
    scheme["name"] = json!("X-Other-Token");
    scheme["x-max-length"] = json!(100);
    let simulator = start(&document).await;
    let call = |body: Value| {
        Call::demo_rescan(&simulator)
            .without_header("x-auth-token")
            .header("X-Other-Token", simulator.token())
            .json(&body)
    };
    // The document allows it; the simulator does not know what it asks for.
    let unknown = call(json!({"range_type": "no_host"})).send(&simulator).await;
    unknown.assert_message_holds("body /range_type has a value that the simulator cannot act on yet");
    call(json!({"range_type": "all_failed_host", "host_ids": ["host-a"]}))
        .send(&simulator)
        .await
        .assert_accepted();
    let two = call(json!({"range_type": "specific_host", "host_ids": ["host-a", "host-b"]}))
        .send(&simulator)
        .await;
    two.assert_refused(400, "HSS.0001");
    Call::demo_rescan(&simulator)
        .send(&simulator)
        .await
        .assert_refused(401, "APIGW.0301");
    assert_eq!(simulator.requests()[0].header("x-other-token"), Some("***"));
    let error = unlimited()
        .document(document.to_string())
        .token("t".repeat(101))
        .start()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("1 to 100 characters"), "{error}");
}

#[tokio::test]
async fn a_document_that_cannot_be_simulated_fails_the_start() {
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut document = with_third_operation();
        change(&mut document);
        let error = unlimited().document(document.to_string()).start().await.unwrap_err();
        assert!(matches!(error, StartError::Document(_)), "{error:?}");
        std::error::Error::source(&error).unwrap().to_string()
    };
    let rescan = "/paths/~1v5~1{project_id}~1vulnerability~1scan~1task~1{task_id}~1rescan/put";
    let put = |document: &mut Value, pointer: &str, value: Value| *document.pointer_mut(pointer).unwrap() = value;
    for (pointer, value, reason) in [
        ("/paths".to_owned(), json!(1), "`paths`"),
        (format!("{rescan}/operationId"), json!(null), "operationId"),
        (format!("{rescan}/parameters"), json!([]), "path parameter"),
        (
            format!("{rescan}/parameters/0/$ref"),
            json!("#/nowhere"),
            "nothing stands at",
        ),
        (
            format!("{rescan}/parameters/0/$ref"),
            json!("other.json#/x"),
            "nothing stands at",
        ),
        (
            "/components/schemas/HostIdList/items/$ref".to_owned(),
            json!("#/components/schemas/None"),
            "None",
        ),
        (
            "/components/schemas/HostIdList/maxItems".to_owned(),
            json!("many"),
            "many",
        ),
        (
            "/components/schemas/ThingBase/properties/level".to_owned(),
            json!({"type": "number", "format": "float"}),
            "the format \"float\" is not simulated",
        ),
        (
            "/components/parameters/CommonTaskIdInPath/in".to_owned(),
            json!("cookie"),
            "cookie",
        ),
        (
            "/components/securitySchemes/AuthToken/in".to_owned(),
            json!("query"),
            "`AuthToken` is no header",
        ),
        (
            "/components/securitySchemes/AccessKeySignature/name".to_owned(),
            json!("X-Second-Token"),
            "a second token",
        ),
        (
            "/components/securitySchemes/AuthToken/name".to_owned(),
            json!("a b"),
            "no possible header",
        ),
        (
            format!("{rescan}/requestBody/content"),
            json!({"text/xml": {"schema": {}}}),
            "text/xml",
        ),
    ] {
        let text = refused(&|document| put(document, &pointer, value.clone())).await;
        assert!(text.contains(reason), "{pointer}: {text}");
    }
    let error = unlimited().document("{").start().await.unwrap_err();
    assert!(matches!(error, StartError::Document(_)), "{error:?}");
}
