"""Calls both operations through the official Python SDK, as its users do.

Reads one JSON object a line: `{"endpoint", "project_id", "access_key", "secret_key", "operation", "inputs"}`, the inputs as
openapi/README.md describes them. Prints one a line: `{"status", "error_code", "error_msg", "failure"}`, where `failure` is an
exception that is no answer of the service. `--versions` prints what is at work.
"""

import json
import platform
import sys
from importlib.metadata import version

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkhss.v5 import (
    HssClient,
    RecreateVulScanTaskRequest,
    RescanVulScanTaskRequestInfo,
    RetryTaskRequest,
    RetryTaskRequestBody,
    RetryTaskRequestBodyClusterScanInfo,
    RetryTaskRequestBodyClusterScanInfoClusterInfoList,
)

SECONDS = 20


def client(call):
    credentials = BasicCredentials(call["access_key"], call["secret_key"], call["project_id"])
    builder = HssClient.new_builder().with_credentials(credentials).with_endpoint(call["endpoint"])
    return builder.with_http_config(HttpConfig(timeout=(SECONDS, SECONDS))).build()


def rescan(client, inputs):
    body = RescanVulScanTaskRequestInfo(**inputs["body"])
    return client.recreate_vul_scan_task(
        RecreateVulScanTaskRequest(inputs.get("enterprise_project_id"), inputs["task_id"], body)
    )


def retry(client, inputs):
    body = dict(inputs["body"])
    if "cluster_scan_info" in body:
        info = dict(body["cluster_scan_info"])
        if "cluster_info_list" in info:
            info["cluster_info_list"] = [
                RetryTaskRequestBodyClusterScanInfoClusterInfoList(**cluster) for cluster in info["cluster_info_list"]
            ]
        body["cluster_scan_info"] = RetryTaskRequestBodyClusterScanInfo(**info)
    return client.retry_task(
        RetryTaskRequest(inputs.get("enterprise_project_id"), inputs["task_id"], RetryTaskRequestBody(**body))
    )


OPERATIONS = {"recreateVulScanTask": rescan, "retryTask": retry}


def outcome(call):
    result = {"status": None, "error_code": None, "error_msg": None, "failure": None}
    try:
        response = OPERATIONS[call["operation"]](client(call), call["inputs"])
        result["status"] = response.status_code
    except ServiceResponseException as refusal:
        result.update(status=refusal.status_code, error_code=refusal.error_code, error_msg=refusal.error_msg)
    except Exception as failure:  # The SDK lets those of other packages through.
        result["failure"] = "%s: %s" % (type(failure).__name__, failure)
    return result


def main():
    if "--versions" in sys.argv[1:]:
        for package in ("huaweicloudsdkhss", "huaweicloudsdkcore"):
            print("%s, Python %s" % (version(package), platform.python_version()))
        return
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
