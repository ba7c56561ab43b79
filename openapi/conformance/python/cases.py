"""Calls both operations through the generated client.

Reads one JSON object a line: `{"endpoint", "operation", "inputs"}`, the inputs as openapi/README.md describes them. Prints one
a line: `{"status", "content", "error_code", "error_msg", "request_id"}`, where `content` says whether a success came with
any; or `{"refused"}`, why the client sent nothing; or `{"failure"}`, an exception that is neither.
"""

import json
import sys
from typing import Any

import hss
import pydantic


def called(endpoint: str, operation: str, inputs: dict[str, Any]) -> hss.ApiResponse[None]:
    configuration = hss.Configuration(host=endpoint, api_key={"AuthToken": inputs["auth_token"]}, retries=False)
    api = hss.ScanTasksApi(hss.ApiClient(configuration))
    ids = (inputs["project_id"], inputs["task_id"])
    enterprise_project_id = inputs.get("enterprise_project_id")
    if operation == "recreateVulScanTask":
        rescan = hss.RescanVulScanTaskRequestInfo.from_dict(inputs["body"])
        assert rescan is not None
        return api.recreate_vul_scan_task_with_http_info(*ids, rescan, enterprise_project_id, _request_timeout=20.0)
    retry = hss.RetryTaskRequestBody.from_dict(inputs["body"])
    assert retry is not None
    return api.retry_task_with_http_info(*ids, retry, enterprise_project_id, _request_timeout=20.0)


def explained(refusal: hss.ApiException) -> hss.ErrorResponse | None:
    """The service's error; None where it is not the service's, as from a proxy."""
    if isinstance(refusal.data, hss.ErrorResponse):
        return refusal.data
    # The client decodes errors of the statuses alone that the document lists.
    try:
        return hss.ErrorResponse.from_json(refusal.body or "")
    except ValueError:
        return None


def outcome(call: dict[str, Any]) -> dict[str, Any]:
    try:
        done = called(call["endpoint"], call["operation"], call["inputs"])
    except pydantic.ValidationError as refusal:
        return {"refused": str(refusal)}
    except TypeError as refusal:
        # Of the HTTP client: an empty token is no value of a header to it.
        return {"refused": str(refusal)}
    except hss.ApiException as refusal:
        said = explained(refusal)
        return {
            "status": refusal.status,
            "error_code": said and said.error_code,
            "error_msg": said and said.error_msg,
            "request_id": (refusal.headers or {}).get("X-Request-Id"),
        }
    except Exception as failure:
        return {"failure": f"{type(failure).__name__}: {failure}"}
    headers = {name.lower(): value for name, value in (done.headers or {}).items()}
    return {"status": done.status_code, "content": bool(done.raw_data), "request_id": headers.get("x-request-id")}


for line in sys.stdin:
    print(json.dumps(outcome(json.loads(line))), flush=True)
