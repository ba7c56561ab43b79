"""The official Python SDK and our command read the same of the same tasks.

HSS_SIM_URL is the URL of a simulator that has the tasks of `tasks.json`, HSS_BIN is the command `hss`. The SDK reads pages
of 10 rows, the command pages of 200; lists of servers and clusters have more than either.
"""

import json
import os
import subprocess
import tempfile
from datetime import datetime, timezone

import huaweicloudsdkhss.v5 as sdk
import pytest
from common import ACCESS_KEY, OPENAPI, PROJECT, SECRET_KEY, simulator
from test_calls import client

URL = os.environ["HSS_SIM_URL"]
# What rows show that a filter leaves; some show a state that no one knows, or none.
SHOWN = {"failed": {"failed", "paused"}, "scanning": {"scanning"}, "success": {"success", None}}
SHOWN[None] = set().union(*SHOWN.values())


def pages(rows, read):
    """All rows that the SDK reads, as the JSON that its models are written as."""
    found, total = [], 1
    while len(found) < total:
        answer = json.loads(str(read({"limit": 10, "offset": len(found)})))
        assert answer[rows], "a page without rows before the last"
        found, total = found + answer[rows], answer["total_num"]
    return found


def hss(*arguments, code=0):
    """What our command reads."""
    ended = subprocess.run(
        [os.environ["HSS_BIN"], *arguments, "--output=json", "--pace=off", "--project-id", PROJECT, "--endpoint", URL],
        # No profile file of the user's.
        env={"HOME": tempfile.mkdtemp(), "HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": SECRET_KEY},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == code, ended.stderr
    return json.loads(ended.stdout)


def same(found, rows, read):
    assert read["complete"] and (read["unreadable"], read["total"]) == (0, len(read[rows]))
    key = lambda row: str(row.get("id") or row.get("task_id"))
    assert sorted(read[rows], key=key) == sorted(found, key=key)
    return read[rows]


def item(row, kind, scan, details):
    """A server or cluster as our command shows it."""
    return {
        "id": row.get(kind + "_id"),
        "name": row.get(kind + "_name"),
        "status": row.get("scan_status"),
        "scans": [
            {"scan": detail.get(scan), "status": detail.get("status"), "failed_reason": detail.get("failed_reason")}
            for detail in row.get(details, [])
        ],
        "row": row,
    }


def task(row, kind, names, counts, scans):
    """A task as our command shows it; the names of some members differ between the kinds."""
    shown = {"kind": kind + "s", "name": row.get("task_name"), "scans": counts.get(scans, []), "row": row}
    shown |= {name: row.get(member) for name, member in zip(["task_id", "trigger", "status"], names)}
    shown |= {state: counts.get("%s_%s_num" % (state, "host" if kind == "server" else kind)) for state in SHOWN if state}
    for name in ["start_time", "end_time"]:
        time = row.get(name) and datetime.fromtimestamp(row[name] / 1000, timezone.utc)
        shown[name] = time and time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return shown


@pytest.mark.parametrize("status", SHOWN)
def test_hosts(status):
    def read(page):
        return client(URL, SECRET_KEY).list_vul_scan_task_host(
            sdk.ListVulScanTaskHostRequest(task_id="many-servers", scan_status=status, **page)
        )

    found = [item(row, "host", "vul_type", "vul_scan_details") for row in pages("data_list", read)]
    shown = same(found, "items", hss("hosts", "many-servers", *(["--status", status] if status else [])))
    assert {row["status"] for row in shown} == SHOWN[status]


@pytest.mark.parametrize("status", SHOWN)
def test_clusters(status):
    info = sdk.ListTaskResourcesRequestBodyClusterScanInfo(scan_status=status)

    def read(page):
        body = sdk.ListTaskResourcesRequestBody(task_type="cluster_scan", cluster_scan_info=info if status else None)
        return client(URL, SECRET_KEY).list_task_resources(
            sdk.ListTaskResourcesRequest(task_id="many-clusters", body=body, **page)
        )

    found = [item(row, "cluster", "scan_type", "scan_detail_list") for row in pages("cluster_scan_data_list", read)]
    shown = same(found, "items", hss("clusters", "many-clusters", *(["--status", status] if status else [])))
    assert {row["status"] for row in shown} == SHOWN[status]


def tasks_of_servers():
    rows = pages("data_list", lambda page: client(URL, SECRET_KEY).list_vul_scan_task(sdk.ListVulScanTaskRequest(**page)))
    return [task(row, "server", ["id", "scan_type", "status"], row, "scan_vul_types") for row in rows]


def tasks_of_clusters():
    def read(page):
        body = sdk.ListTasksRequestBody(task_type="cluster_scan")
        return client(URL, SECRET_KEY).list_tasks(sdk.ListTasksRequest(body=body, **page))

    names = ["task_id", "trigger_type", "task_status"]
    rows = pages("data_list", read)
    return [task(row, "cluster", names, row.get("cluster_scan_info", {}), "scan_type_list") for row in rows]


@pytest.mark.parametrize("flag, found", [("--servers", tasks_of_servers), ("--clusters", tasks_of_clusters)])
def test_tasks(flag, found):
    shown = same(found(), "tasks", hss("tasks", flag))
    assert {row["status"] for row in shown} == {"running", "finished", "paused", None}


def test_a_row_of_another_shape():
    """The SDK reads it as a row without members, and a number as a text. The command leaves such rows out and says so."""
    case = json.loads((OPENAPI / "wire-tasks" / "tasks.unreadable_row.json").read_text("utf-8"))
    simulator(URL, "POST", "reset")
    simulator(URL, "POST", "faults", case["answer"] | {"times": 2})
    assert [row["task_id"] for row in tasks_of_servers()] == ["a", None, "7"]
    read = hss("tasks", "--servers", code=6)
    assert ([row["task_id"] for row in read["tasks"]], read["unreadable"], read["complete"]) == (["a"], 2, False)
