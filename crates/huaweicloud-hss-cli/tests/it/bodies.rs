//! Invalid request bodies. None of them reaches the service.

use huaweicloud_hss::raw::types::HostIdList;
use serde_json::json;

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, hss, ran, ran_with, redacted};

fn refused(command: &str, task: &str, body: &str) -> String {
    let cloud = Cloud::start();
    let ran = ran_with(&mut cloud.command([command, task, "--body", "-"]), body);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{body}: {ran:?}");
    assert_eq!(cloud.simulator.requests(), [], "{body}");
    let first = ran.stderr.lines().next().unwrap();
    format!("{first}\n")
}

#[test]
fn invalid_body_error_names_path_and_reason() {
    let hosts = (0..=HostIdList::MAX)
        .map(|number| format!("\"{number}\""))
        .collect::<Vec<_>>()
        .join(",");
    let too_many = format!(r#"{{"range_type": "specific_host", "host_ids": [{hosts}]}}"#);
    let mut said = String::new();
    for body in [
        "",
        "{",
        "[]",
        "null",
        r#"["specific_host", ["a"]]"#,
        r#"{"range_type": "all_failed_host"} {}"#,
        r#"{"range_type": "all_failed_host", "range_type": "specific_host", "host_ids": ["a"]}"#,
        r#"{"range_typ": "all_failed_host"}"#,
        r#"{"range_type": "all_failed_hosts"}"#,
        r#"{"range_type": "specific_host"}"#,
        r#"{"range_type": "specific_host", "host_ids": []}"#,
        r#"{"range_type": "specific_host", "host_ids": [1]}"#,
        &too_many,
        r#"{"range_type": "all_failed_host", "host_ids": ["a"]}"#,
        r#"{"range_type": "all_failed_host", "host_ids": null}"#,
        r#"{"range_type": "all_failed_host", "hostids": ["a"]}"#,
    ] {
        said += &refused("rescan", HOST_TASK, body);
    }
    for body in [
        "{}",
        r#"{"task_type": "image_scan"}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": null}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": ["all_failed_cluster"]}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": ["specific_cluster", [{}]]}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "specific_cluster",
            "cluster_info_list": [["a", ["benchmark"]]]}}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_infos": {"range_type": "all_failed_cluster"}}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "specific_cluster",
            "cluster_info_list": [{"cluster_id": "a"}, {"cluster_id": "a", "scan_type_lists": ["benchmark"]}]}}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "specific_cluster",
            "cluster_info_list": [{"cluster_id": "a", "scan_type_list": []}]}}"#,
        r#"{"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "specific_cluster",
            "cluster_info_list": [{"cluster_id": ""}]}}"#,
        "{\"task_type\": \"\\u001b[31mred\"}",
    ] {
        said += &refused("retry", CLUSTER_TASK, body);
    }
    redacted(|| insta::assert_snapshot!("bodies", said));
}

#[test]
fn host_id_obeys_one_rule_by_option_by_body_and_in_a_list() {
    for (id, reason) in [
        ("", "empty"),
        ("a,b", "`a,b` has a comma at position 2; give each one by itself"),
        (" a ", "` a ` has white space around it; remove it"),
        (
            "a\u{ad}",
            r"`a\u{ad}` has U+00AD (soft hyphen), which cannot be seen, at position 2; remove it",
        ),
        (
            "192.0.2.1",
            "`192.0.2.1` is an IP address; give the id that the service lists for it",
        ),
    ] {
        let cloud = Cloud::start();
        let by_option = cloud.hss(["rescan", HOST_TASK, "--host=host-a", "--host", id]);
        let body = json!({"range_type": "specific_host", "host_ids": ["host-a", id]});
        let by_body = ran_with(&mut cloud.command(["rescan", HOST_TASK, "--body=-"]), &body.to_string());
        for ran in [by_option, by_body] {
            let expected = format!("error: host_ids[1]: {reason}\noutcome: nothing was sent\n");
            assert_eq!((ran.code, ran.stderr), (2, expected));
        }
        let list = format!("[\"host-a\",\n{}]", json!(id));
        let in_list = ran_with(&mut cloud.command(["rescan", HOST_TASK, "--hosts-from=-"]), &list);
        let expected =
            format!("error: --hosts-from -: 1 invalid line\n  line 2: {reason}\noutcome: nothing was sent\n");
        assert_eq!((in_list.code, in_list.stderr), (2, expected));
        assert_eq!(cloud.simulator.requests(), []);
    }
}

#[test]
fn cluster_and_scan_item_obey_the_rule_by_option_and_by_body() {
    for (cluster, item, field) in [
        (
            "c d",
            "benchmark",
            "cluster_id: `c d` has a blank at position 2; give each one by itself",
        ),
        (
            "c",
            "x\u{a0}",
            r"scan_type_list[0]: `x\u{a0}` has U+00A0 (no-break space), which cannot be seen, at position 2; remove it",
        ),
    ] {
        let cloud = Cloud::start();
        let by_option = cloud.hss(["retry", CLUSTER_TASK, "--cluster", &format!("{cluster}={item}")]);
        let list = json!([{"cluster_id": cluster, "scan_type_list": [item]}]);
        let info = json!({"range_type": "specific_cluster", "cluster_info_list": list});
        let body = json!({"task_type": "cluster_scan", "cluster_scan_info": info});
        let by_body = ran_with(
            &mut cloud.command(["retry", CLUSTER_TASK, "--body=-"]),
            &body.to_string(),
        );
        for ran in [by_option, by_body] {
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(
                ran.stderr.contains(&format!("cluster_info_list[0].{field}\n")),
                "{ran:?}"
            );
        }
        assert_eq!(cloud.simulator.requests(), []);
    }
}

#[test]
fn body_may_have_a_byte_order_mark_or_be_utf16() {
    let body = r#"{"range_type": "specific_host", "host_ids": ["host-a"]}"#;
    let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        [b"\xef\xbb\xbf", body.as_bytes()].concat(),
        [b"\xff\xfe", &*utf16].concat(),
    ] {
        let cloud = Cloud::start();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut command = cloud.command(["rescan", HOST_TASK, "--body"]);
        let ran = ran(command.arg(file.path()));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(
            cloud.request().body.as_deref(),
            Some(r#"{"range_type":"specific_host","host_ids":["host-a"]}"#)
        );
    }
}

#[test]
fn body_above_the_gateway_limit_is_an_error() {
    let id = "x".repeat(12 * 1024 * 1024);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        format!(r#"{{"range_type": "specific_host", "host_ids": ["{id}"]}}"#),
    )
    .unwrap();
    let words = [
        "rescan".as_ref(),
        "t".as_ref(),
        "--body".as_ref(),
        file.path().as_os_str(),
    ];
    let ran = hss(words);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: --body /") && ran.stderr.contains(": larger than 12 MB"),
        "{}",
        ran.stderr
    );
}

#[test]
fn unreadable_body_file_is_named() {
    let ran = hss(["rescan", HOST_TASK, "--body", "/nowhere/body.json"]);
    redacted(|| insta::assert_snapshot!("body_unreadable", ran.transcript()));
}
