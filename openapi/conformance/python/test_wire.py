"""Every case of `wire/` and `wire-tasks/` through the generated clients, against a running simulator.

HSS_SIM_URL is the simulator's URL, OPENAPI the folder that holds both.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hss
import hss_tasks
import pydantic
import pytest
import urllib3

URL = os.environ["HSS_SIM_URL"]
CASES = sorted(Path(os.environ.get("OPENAPI", "../..")).glob("wire*/*.json"))
DOTS = "the document states no limit that excludes an id of dots alone, which no URL can carry"
ROWS = "a row of another shape costs this client the whole answer"
# Ends of names of cases that the client cannot run, and why.
SKIPPED = {"_id_dot": DOTS, "_id_dots": DOTS, ".unreadable_row": ROWS, ".unreadable_detail": ROWS}


def simulator(method: str, path: str, body: object = None) -> Any:
    answer = urllib3.request(method, f"{URL}/_sim/{path}", json=body)
    assert answer.status in (200, 204), answer.data
    return answer.json() if answer.data else None


def call(operation: str, inputs: dict[str, Any]) -> hss.ApiResponse[Any] | hss_tasks.ApiResponse[Any]:
    # Left out, urllib3 sends a request again and follows redirects.
    settings: dict[str, Any] = {"host": URL, "api_key": {"AuthToken": inputs["auth_token"]}, "retries": False}
    scans = hss.ScanTasksApi(hss.ApiClient(hss.Configuration(**settings)))
    tasks = hss_tasks.TasksApi(hss_tasks.ApiClient(hss_tasks.Configuration(**settings)))
    given = {name: inputs[name] for name in ("project_id", "task_id", "enterprise_project_id") if name in inputs}
    given |= inputs.get("query", {}) | {"_request_timeout": 20.0}
    if operation == "listVulScanTask":
        return tasks.list_vul_scan_task_with_http_info(**given)
    if operation == "listVulScanTaskHost":
        return tasks.list_vul_scan_task_host_with_http_info(**given)
    if operation == "listTasks":
        wanted = hss_tasks.ListTasksRequestBody.model_validate(inputs["body"])
        return tasks.list_tasks_with_http_info(list_tasks_request_body=wanted, **given)
    if operation == "listTaskResources":
        resources = hss_tasks.ListTaskResourcesRequestBody.model_validate(inputs["body"])
        return tasks.list_task_resources_with_http_info(list_task_resources_request_body=resources, **given)
    if operation == "recreateVulScanTask":
        rescan = hss.RescanVulScanTaskRequestInfo.model_validate(inputs["body"])
        return scans.recreate_vul_scan_task_with_http_info(rescan_vul_scan_task_request_info=rescan, **given)
    retry = hss.RetryTaskRequestBody.model_validate(inputs["body"])
    return scans.retry_task_with_http_info(retry_task_request_body=retry, **given)


def explain(refusal: hss.ApiException | hss_tasks.ApiException) -> hss.ErrorResponse | hss_tasks.ErrorResponse | None:
    """The service's error; None where it is not the service's, as from a proxy."""
    if isinstance(refusal.data, hss.ErrorResponse | hss_tasks.ErrorResponse):
        return refusal.data
    # The client decodes errors only of the statuses that the document lists.
    try:
        return hss.ErrorResponse.from_json(refusal.body or "")
    except ValueError:
        return None


def outcome(operation: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """What the client says of the answer; None where it refuses the inputs before sending."""
    try:
        done = call(operation, inputs)
    except (pydantic.ValidationError, TypeError):
        # The HTTP library's TypeError: an empty token is no value of a header to it.
        return None
    except (hss.ApiException, hss_tasks.ApiException) as refusal:
        said = explain(refusal)
        return {
            "status": refusal.status,
            "error_code": said and said.error_code,
            "error_msg": said and said.error_msg,
            "request_id": (refusal.headers or {}).get("X-Request-Id"),
        }
    headers = {name.lower(): value for name, value in (done.headers or {}).items()}
    content = done.data.to_dict() if done.data else bool(done.raw_data)
    return {"status": done.status_code, "content": content, "request_id": headers.get("x-request-id")}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, record_property: Callable[[str, object], None]) -> None:
    for end, why in SKIPPED.items():
        if path.stem.endswith(end):
            pytest.skip(why)
    case = json.loads(path.read_text("utf-8"))
    inputs, request = case["inputs"], case["request"]
    # A project outside the limits does not exist.
    simulator("POST", "reset", {"token": inputs["auth_token"], "project_id": request and inputs["project_id"]})
    foreign = path.stem.startswith("error.") or case["outcome"]["result"] == "read"
    if foreign:
        simulator("POST", "faults", case["answer"])

    found = outcome(case["operation"], inputs)
    arrived = [request["wire"] for request in simulator("GET", "requests")["requests"]]
    if found is None:
        record_property("refused", True)
        assert request is None and arrived == []
        return

    wanted = case.get("if_sent_anyway")
    if request is not None:
        # The simulator shows no token; that it is right is seen by its being accepted.
        request["headers"]["x-auth-token"] = "***"
        assert arrived == [request]
        answer = case["answer"]
        wanted = {"status": answer["status"]}
        if answer["status"] == 200:
            # What comes with a success that is not a read is not the service's.
            wanted["content"] = case["outcome"].get("content", answer["body"] is not None)
        elif isinstance(answer["body"], dict) and isinstance(answer["body"].get("error_code"), str):
            wanted |= {name: answer["body"].get(name) for name in ("error_code", "error_msg")}
        if foreign and "x-request-id" in answer["headers"]:
            wanted["request_id"] = answer["headers"]["x-request-id"]
    assert len(arrived) == 1
    assert found | wanted == found
    assert found["request_id"] is not None or foreign


def test_each_skipped_end_is_that_of_a_case() -> None:
    for end in SKIPPED:
        assert any(path.stem.endswith(end) for path in CASES)
