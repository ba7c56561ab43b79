"""Calls both operations through the official Python SDK, as its users do, against running simulators.

HSS_SIM_URL is the URL of one that takes any task, HSS_ENDPOINT that of one with the built-in tasks.
"""

import os

import pytest
from common import ACCEPTED, ACCESS_KEY, FORMS, PROJECT, SECRET_KEY, WRONG_SECRET, check_signed, simulator, wire
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
SIGNED = "content-type;host;user-agent;x-project-id;x-sdk-date"
BUILT_IN = os.environ["HSS_ENDPOINT"]


def client(url, secret_key):
    credentials = BasicCredentials(ACCESS_KEY, secret_key, PROJECT)
    builder = HssClient.new_builder().with_credentials(credentials).with_endpoint(url)
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


def call(url, case, secret_key=SECRET_KEY):
    """The status, and the code and message of an error."""
    operation = {"recreateVulScanTask": rescan, "retryTask": retry}[case["operation"]]
    try:
        return operation(client(url, secret_key), case["inputs"]).status_code, None, ""
    except ServiceResponseException as refusal:
        return refusal.status_code, refusal.error_code, refusal.error_msg


def check_refused(case, secret_key, *words):
    status, code, message = call(BUILT_IN, case, secret_key)
    assert (status, code) == (401, "APIGW.0301")
    assert all(word in message for word in words), message


def arrived(url):
    return simulator(url, "GET", "requests")["requests"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    case = wire(name)
    url = BUILT_IN if name in FORMS else os.environ["HSS_SIM_URL"]
    simulator(url, "POST", "reset")
    assert call(url, case)[:2] == (200, None)
    [request] = arrived(url)
    assert request["operation"] == case["operation"]
    check_signed(case["request"], request, SIGNED)


@pytest.mark.parametrize("name", ["rescan.specific_host", "retry.specific_cluster"])
@pytest.mark.parametrize("minutes", [14, -14, 16, -16])
def test_clock(name, minutes):
    """Clocks may differ by a quarter of an hour."""
    simulator(BUILT_IN, "POST", "reset", {"clock_offset": minutes * 60})
    if abs(minutes) > 15:
        check_refused(wire(name), SECRET_KEY, "more than 15 minutes", "server time")
    else:
        assert call(BUILT_IN, wire(name))[0] == 200
    assert len(arrived(BUILT_IN)) == 1


@pytest.mark.parametrize("name", ["rescan.specific_host", "retry.specific_cluster"])
def test_wrong_secrets_lock_a_key(name):
    simulator(BUILT_IN, "POST", "reset")
    assert call(BUILT_IN, wire(name))[0] == 200
    for _ in range(6):
        check_refused(wire(name), WRONG_SECRET, "does not match", "canonicalRequest:PUT|")
    check_refused(wire(name), SECRET_KEY, "locked")
    assert len(arrived(BUILT_IN)) == 8
