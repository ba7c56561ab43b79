"""One side of `cargo xtask bench`: the official Python SDK.

bench_calls.py CALLS IN_FLIGHT HOSTS. HSS_ENDPOINT is the URL of a running simulator that takes any task.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkhss.v5 import HssClient, RecreateVulScanTaskRequest, RescanVulScanTaskRequestInfo

TASK = "71a15ecc-049f-4cca-bd28-5e90aca1817f"


def main(calls, in_flight, hosts):
    ids = ["%08x-049f-4cca-bd28-5e90aca1817f" % number for number in range(hosts)]
    key = [os.environ[name] for name in ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HSS_PROJECT_ID"]]
    builder = HssClient.new_builder().with_credentials(BasicCredentials(*key))
    client = builder.with_endpoint(os.environ["HSS_ENDPOINT"]).with_http_config(HttpConfig(timeout=(5, 20))).build()

    def several(count):
        for _ in range(count):
            body = RescanVulScanTaskRequestInfo(range_type="specific_host", host_ids=ids)
            answer = client.recreate_vul_scan_task(RecreateVulScanTaskRequest(task_id=TASK, body=body))
            assert answer.status_code == 200

    def round(calls):
        with ThreadPoolExecutor(in_flight) as workers:
            list(workers.map(several, [calls // in_flight] * in_flight))

    if calls > 1:
        round(4 * in_flight)
    start, cpu = time.perf_counter(), time.process_time()
    round(calls)
    report = {"calls": calls, "seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(report | {"peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


main(*map(int, sys.argv[1:]))
