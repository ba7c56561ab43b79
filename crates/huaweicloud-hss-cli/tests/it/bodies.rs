//! Invalid request bodies. None of them reaches the service.

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, hss, ran_with, redacted};

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
    let hosts = (0..1001)
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
fn empty_host_id_is_the_same_error_by_option_and_by_body() {
    let body = r#"{"range_type": "specific_host", "host_ids": ["host-a", ""]}"#;
    let cloud = Cloud::start();
    let by_option = cloud.hss(["rescan", HOST_TASK, "--host=host-a", "--host="]);
    let by_body = ran_with(&mut cloud.command(["rescan", HOST_TASK, "--body=-"]), body);
    for ran in [by_option, by_body] {
        let expected = "error: host_ids[1]: empty\noutcome: nothing was sent\n";
        assert_eq!((ran.code, ran.stderr.as_str()), (2, expected), "{ran:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
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
        ran.stderr.starts_with("error: --body: larger than 12 MB"),
        "{}",
        ran.stderr
    );
}

#[test]
fn unreadable_body_file_is_named() {
    let ran = hss(["rescan", HOST_TASK, "--body", "/nowhere/body.json"]);
    redacted(|| insta::assert_snapshot!("body_unreadable", ran.transcript()));
}
