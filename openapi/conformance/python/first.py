"""Rescans the servers that failed in the simulator's own task, and shows how a refusal looks."""

import os

import hss

configuration = hss.Configuration(
    host=os.environ["HSS_ENDPOINT"],
    api_key={"AuthToken": "hss-sim-token-5f0c2d7e"},
    # Left out, urllib3 sends a request again and follows redirects. Both operations start scans.
    retries=False,
)
api = hss.ScanTasksApi(hss.ApiClient(configuration))
project = "0123456789abcdef0123456789abcdef"
request = hss.RescanVulScanTaskRequestInfo(range_type=hss.HostRangeType.ALL_FAILED_HOST)

done = api.recreate_vul_scan_task_with_http_info(
    project, "2b31ed52-0a1b-4c2d-8e3f-ebedb6e57000", request, _request_timeout=30.0
)
# The names of the headers are as they came, in any case.
headers = {name.lower(): value for name, value in (done.headers or {}).items()}
print("accepted, request id", headers["x-request-id"])

try:
    api.recreate_vul_scan_task(project, "no-such-task", request, _request_timeout=30.0)
except hss.ApiException as refusal:
    # What is no JSON of the service, as from a proxy, leaves no data.
    assert isinstance(refusal.data, hss.ErrorResponse)
    print("refused:", refusal.status, refusal.data.error_code, refusal.data.error_msg)
