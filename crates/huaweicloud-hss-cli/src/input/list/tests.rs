//! Lists in the forms that people have them in.

use huaweicloud_hss::bulk::{Plan, PlanError};
use proptest::prelude::*;

use super::found::{MAX_ID_BYTES, MAX_IDS, MAX_NAMED_LINES};
use super::*;

fn hosts(text: &str) -> List {
    parse(text.to_owned(), Kind::Hosts, None).unwrap()
}

fn clusters(text: &str) -> List {
    parse(text.to_owned(), Kind::Clusters, None).unwrap()
}

/// The entries as `line: id` or `line: id=type,type`.
fn entries(list: List) -> Vec<String> {
    assert_eq!(bad(&list), [""; 0]);
    let of = |Entry { line, id, scan_types }: Entry| match scan_types {
        Some(types) => format!("{line}: {id}={}", types.join(",")),
        None => format!("{line}: {id}"),
    };
    list.entries.into_iter().map(of).collect()
}

fn bad(list: &List) -> Vec<String> {
    let first = list.bad.first.iter();
    first.map(|((line, _), reason)| format!("{line}: {reason}")).collect()
}

#[test]
fn lines_hold_ids_json_strings_or_objects() {
    let list =
        hosts("host-a\r\n\r\n# name, id\n  host-b\t\n\"host-c\"\n{\"host_id\": \"host-d\", \"name\": 1}\nh#=é中");
    assert_eq!(
        entries(list),
        ["1: host-a", "4: host-b", "5: host-c", "6: host-d", "7: h#=é中"]
    );
    // Line feeds alone, carriage returns alone, and none at the end.
    assert_eq!(entries(hosts("a\rb\rc")), ["1: a", "2: b", "3: c"]);
}

#[test]
fn cluster_lines_hold_ids_and_scan_items() {
    let list = clusters(
        "c-1\nc-2=benchmark,cluster_vul\n\"c=3\"\n{\"cluster_id\":\"c-4\",\"scan_type_list\":[\"benchmark\"]}\n",
    );
    assert_eq!(
        entries(list),
        ["1: c-1", "2: c-2=benchmark,cluster_vul", "3: c=3", "4: c-4=benchmark"]
    );
    assert_eq!(entries(clusters("c-1=a,b")), ["1: c-1=a,b"]);
    for text in [
        "=a",
        "c=",
        "c=a,,b",
        r#"{"cluster_id": "c", "scan_types": []}"#,
        r#"{"scan_type_list": []}"#,
    ] {
        assert_eq!(clusters(text).bad.count(), 1, "{text}");
    }
}

#[test]
fn table_has_its_ids_in_a_known_column() {
    for (text, expected) in [
        ("host_id\na\nb", vec!["2: a", "3: b"]),
        ("ID\na", vec!["2: a"]),
        ("\"Host ID\"\n\"a\"", vec!["2: a"]),
        ("name,Host ID,status\nn1,a,failed\nn2,b,failed\n", vec!["2: a", "3: b"]),
        ("name;host-id\n\"n;1\";\"a\"\r\n;b\r\n", vec!["2: a", "3: b"]),
        ("id\tname\na\tn 1\n\n\nb\t\"n\"\"2\"\n", vec!["2: a", "5: b"]),
        ("#,host_id\n1,a\n2,b", vec!["2: a", "3: b"]),
        (
            "# exported, id\n\nid,host_id\nx,a\n , \ny, b ,,\n",
            vec!["4: a", "6: b"],
        ),
        ("name,id\nd\u{fffd}j\u{fffd},a", vec!["2: a"]),
        ("HostId,x\na,1", vec!["2: a"]),
        ("host_id\n# a comment\n\"b\"\n", vec!["3: b"]),
    ] {
        assert_eq!(entries(hosts(text)), expected, "{text}");
    }
}

#[test]
fn column_is_the_one_that_is_named() {
    let named = |text: &str, name: &str| parse(text.to_owned(), Kind::Hosts, Some(name));
    let text = "host_id,Server,server\nx,a,b\n";
    assert_eq!(entries(named(text, "Server").unwrap()), ["2: a"]);
    assert_eq!(entries(named(text, "server").unwrap()), ["2: b"]);
    assert_eq!(
        named(text, "SERVER").unwrap_err(),
        "several columns are called `SERVER`; rename all but one"
    );
    assert_eq!(
        named(text, "uuid").unwrap_err(),
        "no column `uuid`; the header has: `host_id, Server, server`"
    );
    let twice = named("Server\nx\nserver\n", "Server").unwrap();
    assert_eq!(bad(&twice), ["3: `server` is the title of a column; remove it"]);
    assert_eq!(
        named("[\"a\"]", "id").unwrap_err(),
        "a JSON array has no columns; omit --column"
    );
    let twice = parse("ID,id\na,b".to_owned(), Kind::Hosts, None);
    assert_eq!(entries(twice.unwrap()), ["2: b"]);
    let twice = parse("ID,Id\na,b".to_owned(), Kind::Hosts, None);
    assert_eq!(
        twice.unwrap_err(),
        "several columns are called `id`; rename all but one"
    );
}

#[test]
fn table_of_clusters_has_scan_items() {
    let text = "Cluster ID,scan_type\nc-1,benchmark\nc-2,\nc-1,cluster_vul\nc-3,\"a, b\"\nc-4=x,\n";
    assert_eq!(
        entries(clusters(text)),
        ["2: c-1=benchmark,cluster_vul", "3: c-2", "5: c-3=a,b", "6: c-4=x"]
    );
    // What is refused has no part in another cluster.
    let long = "x".repeat(MAX_ID_BYTES + 1);
    let list = clusters(&format!("id,scan_type\n{long},a\nc-1,b\n{long},c\n"));
    assert_eq!((list.bad.count(), list.entries.len()), (2, 1));
    assert_eq!(
        list.entries.into_iter().next().unwrap().scan_types.as_deref(),
        Some(&["b".to_owned()][..])
    );
    // One column alone is one cluster a line.
    assert_eq!(entries(clusters("cluster_id\nc-1=a,b\nc-2")), ["2: c-1=a,b", "3: c-2"]);
}

#[test]
fn array_is_on_one_line_or_on_many() {
    assert_eq!(entries(hosts("[\"a\",\"b\"]")), ["1: a", "1: b"]);
    assert_eq!(
        entries(hosts("\n[\n  \"a\",\n  {\"host_id\":\n \"b\"},\n\n\"c\"]\n")),
        ["3: a", "4: b", "7: c"]
    );
    assert_eq!(
        entries(clusters(r#"["a", {"cluster_id": "b", "scan_type_list": ["x"]}]"#)),
        ["1: a", "1: b=x"]
    );
    assert_eq!(entries(hosts("[]")), [""; 0]);
}

/// What is wrong, with its line, and what to do.
#[test]
fn what_is_no_entry_is_named() {
    let table: &[(&str, &[&str])] = &[
        (
            "name,ip\nn,10.0.0.1",
            &["1: `name,ip` has several fields; write one id a line, or name the column of a table with --column"],
        ),
        (
            "Agent\nhost-1\nhost-2",
            &[
                "1: `Agent` has no digit, and every other id has one: it looks like the title of a column; remove it, or \
               write it as a JSON string if it is an id",
            ],
        ),
        ("\"Agent\"\nhost-1", &[]),
        (
            "host_id,x\na,1\nHost ID,x\nb,2",
            &["3: `Host ID` is the title of a column; remove it"],
        ),
        ("a\nid\nb", &["2: `id` is the title of a column; remove it"]),
        ("Agent", &[]),
        ("host-a\nhost-b\nhost-1", &[]),
        ("id\nhost\n1", &[]),
        (
            "a\n[\"b\"]\n{\"host_id\": 7}\n{\"host\": \"a\"}\n\"open",
            &[
                "2: the begin of a JSON array; a list is one array, or one id a line",
                "3: invalid type: integer `7`, expected a string",
                "4: missing field `host_id`",
                "5: EOF while parsing a string",
            ],
        ),
        (
            "id,n\n,x\na\nb,y,z\nc,\"open\nd,y\n",
            &[
                "2: column `id` is empty",
                "3: 1 fields found; the header has 2",
                "4: 3 fields found; the header has 2",
                "5: a field in quotes goes on below this line; is a quotation mark missing?",
            ],
        ),
        (
            "id,n\na,x\n\"",
            &["3: a field in quotes goes on below this line; is a quotation mark missing?"],
        ),
        ("id,n\n\"a\"b,x", &["2: `ab` has a quotation mark inside; remove it"]),
        (
            "[\"a\",\n7, [\"b\"],\nnull]",
            &[
                "2: expected a JSON string or object",
                "2: expected a JSON string or object",
                "3: expected a JSON string or object",
            ],
        ),
        ("[\"a\"]\n[\"b\"]", &["2: trailing characters"]),
        (
            "[\"a\"]\n\u{feff}[\"b\"]",
            &["2: trailing characters; line 2 has U+FEFF (byte-order mark), which cannot be seen, at position 1"],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(bad(&hosts(text)), *expected, "{text}");
    }
    let long = "x".repeat(MAX_ID_BYTES + 1);
    assert_eq!(bad(&hosts(&long)), ["1: longer than 8192 bytes, which no id has"]);
}

#[test]
fn first_line_that_titles_a_column_is_no_id() {
    for title in ["HOST", "Server ID", "name"] {
        let list = hosts(&format!("# exported\n{title}\na\nb"));
        let reason = format!(
            "2: `{title}` looks like the title of a column; remove it, or write it as a JSON string if it is an id"
        );
        assert_eq!(bad(&list), [reason]);
        assert_eq!(
            entries(hosts(&format!("\"{title}\"\na"))),
            [format!("1: {title}"), "2: a".to_owned()]
        );
        assert_eq!(
            entries(hosts(&format!("a\n{title}"))).len(),
            2,
            "further below it is an id"
        );
    }
    for header in ["\"HOST\",\"STATUS\"\n\"a\",\"failed\"", "HOST,STATUS\na,failed"] {
        let bad = bad(&hosts(header));
        assert!(
            bad[0].contains("has several fields; write one id a line, or name the column"),
            "{bad:?}"
        );
    }
}

/// What `hss hosts` and `hss clusters` print as JSON lines is a list too.
#[test]
fn listed_rows_are_entries() {
    let host = r#"{"id":"h","name":null,"status":"failed","scans":[],"row":{"host_id":"h"}}"#;
    assert_eq!(entries(hosts(host)), ["1: h"]);
    let scans = r#"[{"scan":"a","status":"failed","failed_reason":"r"},{"scan":"b","status":"success"},{"scan":"c","status":"failed"}]"#;
    let cluster = format!(r#"{{"id":"k","name":"n","status":"failed","scans":{scans},"row":{{}}}}"#);
    assert_eq!(entries(clusters(&cluster)), ["1: k=a,c"]);
    assert_eq!(entries(clusters(&format!("[{cluster}]"))), ["1: k=a,c"]);
    let none = r#"{"id":"k","scans":[{"scan":"b","status":"success"}]}"#;
    assert_eq!(bad(&clusters(none)), ["1: no scan item of `k` failed"]);
    for text in [r#"{"operation":"x","items":[]}"#, r#"{"items":[{"id":"h"}],"total":1}"#] {
        let bad = bad(&hosts(text));
        assert!(bad[0].contains("the whole list that `--output json` gives"), "{bad:?}");
    }
    // An escape is the same name.
    assert_eq!(entries(hosts("{\"host\\u005fid\": \"h\"}")), ["1: h"]);
}

#[test]
fn error_shows_the_first_invalid_lines() {
    let error = hosts(&"\"\n".repeat(MAX_NAMED_LINES + 5)).bad.into_error("list");
    assert_eq!(error.message(), "list: 25 invalid lines");
    assert_eq!(error.details().len(), MAX_NAMED_LINES + 1);
    assert_eq!(error.details().first().unwrap(), "line 1: EOF while parsing a string");
    assert_eq!(error.details().last().unwrap(), "and 5 more");
}

#[test]
fn endless_input_is_an_error() {
    let said = |text: String| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let error = read(file.path(), "list", Kind::Hosts, None).unwrap_err();
        error.message().to_owned()
    };
    let most = MAX_IDS + 1;
    for text in [
        "x\n".repeat(most),
        format!("[{}1]", "\"x\",".repeat(most)),
        format!("id,y\n{}", "x,\n".repeat(most)),
    ] {
        assert_eq!(said(text), "list: more than 1000000 ids");
    }
    assert_eq!(
        said(format!("a\n{}", ",".repeat(MAX_LINE_BYTES + 1))),
        "list: line 2 is longer than 65536 bytes"
    );
    assert_eq!(
        hosts(&"x\n".repeat(MAX_IDS + 9)).entries.len(),
        MAX_IDS + 1,
        "what is kept is bounded"
    );
}

#[cfg(unix)]
#[test]
fn endless_file_is_an_error() {
    let error = read(Path::new("/dev/zero"), "list", Kind::Hosts, None).unwrap_err();
    assert_eq!(error.message(), "list: larger than 256 MiB");
}

/// Pieces of lists, for texts that come close to one.
const PIECES: &[&str] = &[
    "a1",
    "b2",
    "host_id",
    "id",
    "cluster_id",
    "scan_type",
    "c=x",
    ",",
    ";",
    "\t",
    " ",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\"",
    "'",
    "#",
    "[",
    "]",
    "{",
    "}",
    ":",
    "\\",
    "10.0.0.1",
    "\u{feff}",
    "\u{200b}",
    "\u{a0}",
    "\0",
    "é",
    "=",
];

/// Rows of a table, with a quotation mark too many or too few.
const ROWS: &[&str] = &[
    "a1,x",
    "\"b2\",\"y,y\"",
    "c3,\"open",
    "\"d4,x",
    "e5",
    "f6,\"z\"\"",
    "\"",
    "",
    ",",
    "g7,x,",
    "#h8,x",
    "i9,\"k\"l",
    "id,n",
];

fn any_list() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat());
    let table =
        prop::collection::vec(prop::sample::select(ROWS), 0..6).prop_map(|rows| format!("id,n\n{}", rows.join("\n")));
    let pieces = prop_oneof![pieces, table];
    let encoded = pieces.prop_flat_map(|text| {
        let units: Vec<u16> = text.encode_utf16().collect();
        let little = units.iter().flat_map(|unit| unit.to_le_bytes());
        let big = units.iter().flat_map(|unit| unit.to_be_bytes());
        prop_oneof![
            4 => Just(text.clone().into_bytes()),
            1 => Just([b"\xff\xfe".to_vec(), little.collect()].concat()),
            1 => Just([b"\xfe\xff".to_vec(), big.collect()].concat()),
        ]
    });
    prop_oneof![4 => encoded, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #[test]
    fn any_bytes_are_a_list_or_an_error(bytes in any_list(), is_hosts in any::<bool>(), named in any::<bool>()) {
        let kind = if is_hosts { Kind::Hosts } else { Kind::Clusters };
        let text = text::decode(bytes);
        let Ok(list) = parse(text.clone(), kind, named.then_some("id")) else {
            return Ok(());
        };
        let lines: Vec<&str> = text.split("\r\n").flat_map(|text| text.split(['\n', '\r'])).collect();
        let line = |number: u32| lines.get(number as usize - 1).copied().unwrap_or_default();
        // What the SDK takes stands in its line as it is.
        for (position, id) in list.entries.ids().enumerate() {
            let line = line(list.entries.line(position));
            if plan([id]).is_ok() && !line.contains('\\') {
                prop_assert!(text.trim_start().starts_with('[') || line.contains(id), "{} of {}", id, line);
            }
        }
        // Without an error, each line is an entry, blank, a comment, or the header.
        if list.bad.count() == 0 && !text.trim_start().starts_with('[') && plan(list.entries.ids()).is_ok() {
            let taken = |number: u32| (0..list.entries.len()).any(|entry| list.entries.line(entry) == number);
            let left: Vec<&str> = (1..=lines.len() as u32).filter(|number| !taken(*number)).map(line).collect();
            let blank = |text: &str| text.chars().all(|c| c.is_whitespace() || ",;\t\"".contains(c));
            let counts = left.iter().filter(|text| !blank(text) && !text.trim_start().starts_with('#'));
            // A further row of a cluster belongs to the entry of the first.
            let again = |text: &str| list.entries.ids().any(|id| !is_hosts && text.contains(id));
            let counts: Vec<_> = counts.filter(|text| !again(text)).collect();
            prop_assert!(counts.len() <= 1, "{:?} of {:?}", counts, lines);
        }
    }

    #[test]
    fn every_form_of_a_list_gives_the_same_ids(ids in prop::collection::vec("[a-f0-9é中=#][a-f0-9-]{0,8}[0-9]", 1..20)) {
        let quoted: Vec<String> = ids.iter().map(|id| serde_json::to_string(id).unwrap()).collect();
        let rows = |separator: &str| -> String {
            let rows = ids.iter().map(|id| format!("\"n{separator}1\"{separator}\"{id}\"{separator}x\n"));
            format!("name{separator}Host_Id{separator}status\n{}", rows.collect::<String>())
        };
        for text in [
            quoted.join("\n"),
            quoted.join("\r"),
            format!("id\n{}", quoted.join("\r\n")),
            format!("[{}]", quoted.join(",")),
            format!("[\n{}\n]", quoted.join(",\n")),
            rows(","),
            rows(";"),
            rows("\t"),
        ] {
            let list = hosts(&text);
            prop_assert_eq!(list.bad.count(), 0, "{}", text);
            prop_assert!(list.entries.ids().eq(&ids), "{}", text);
        }
    }
}

fn plan<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<Plan, PlanError> {
    Plan::rescan("t", ids)
}
