"""Every case of `wire-tasks/` through the generated client, against a running simulator.

HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds `wire-tasks/`.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hss_tasks
import pydantic
import pytest
import urllib3

URL = os.environ["HSS_SIM_URL"]
CASES = sorted((Path(os.environ.get("OPENAPI", "../..")) / "wire-tasks").glob("*.json"))
DOTS = "the document states no limit that excludes an id of dots alone, which no URL can carry"
ROWS = "a row of another shape costs the whole answer in this client"
# Ends of names of cases that the client cannot run, and why.
SKIPPED = {"_id_dots": DOTS, ".unreadable_row": ROWS, ".unreadable_detail": ROWS}


def simulator(method: str, path: str, body: object = None) -> Any:
    answer = urllib3.request(method, f"{URL}/_sim/{path}", json=body)
    assert answer.status in (200, 204), answer.data
    return answer.json() if answer.data else None


def call(operation: str, inputs: dict[str, Any]) -> hss_tasks.ApiResponse[Any]:
    # Left out, urllib3 follows redirects.
    configuration = hss_tasks.Configuration(host=URL, api_key={"AuthToken": inputs["auth_token"]}, retries=False)
    api = hss_tasks.TasksApi(hss_tasks.ApiClient(configuration))
    given: dict[str, Any] = {"project_id": inputs["project_id"], "_request_timeout": 20.0} | inputs.get("query", {})
    if operation == "listVulScanTask":
        return api.list_vul_scan_task_with_http_info(**given)
    if operation == "listVulScanTaskHost":
        return api.list_vul_scan_task_host_with_http_info(task_id=inputs["task_id"], **given)
    if operation == "listTasks":
        tasks = hss_tasks.ListTasksRequestBody.from_dict(inputs["body"])
        assert tasks is not None
        return api.list_tasks_with_http_info(list_tasks_request_body=tasks, **given)
    resources = hss_tasks.ListTaskResourcesRequestBody.from_dict(inputs["body"])
    assert resources is not None
    given["task_id"] = inputs["task_id"]
    return api.list_task_resources_with_http_info(list_task_resources_request_body=resources, **given)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, record_property: Callable[[str, object], None]) -> None:
    for end, why in SKIPPED.items():
        if path.stem.endswith(end):
            pytest.skip(why)
    case = json.loads(path.read_text("utf-8"))
    inputs, request = case["inputs"], case["request"]
    simulator("POST", "reset", {"token": inputs["auth_token"], "project_id": inputs["project_id"]})
    if request is not None:
        simulator("POST", "faults", case["answer"])
    try:
        found = call(case["operation"], inputs)
    except pydantic.ValidationError:
        record_property("refused", True)
        assert request is None
        assert simulator("GET", "requests")["requests"] == []
        return
    except hss_tasks.ApiException as refusal:
        assert request is None
        wanted = case["if_sent_anyway"]
        assert isinstance(refusal.data, hss_tasks.ErrorResponse)
        assert (refusal.status, refusal.data.error_code) == (wanted["status"], wanted["error_code"])
        return

    arrived = [one["wire"] for one in simulator("GET", "requests")["requests"]]
    # The simulator shows no token; that it is right is seen by its being accepted.
    request["headers"]["x-auth-token"] = "***"
    assert arrived == [request]
    assert found.data.to_dict() == case["outcome"]["content"]
    headers = {name.lower(): value for name, value in (found.headers or {}).items()}
    assert headers["x-request-id"] == case["outcome"]["request_id"]


def test_each_skipped_end_is_that_of_a_case() -> None:
    for end in SKIPPED:
        assert any(path.stem.endswith(end) for path in CASES)
