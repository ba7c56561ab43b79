"""What the tests share: the wire cases, the simulators, and what has to hold for a signed request."""

import json
import os
from pathlib import Path
from urllib.request import Request, urlopen

OPENAPI = Path(os.environ.get("OPENAPI", "../.."))
# The simulator's own dummies, which its README names.
PROJECT = "0123456789abcdef0123456789abcdef"
ACCESS_KEY = "HSSSIMDUMMYKEY000001"
SECRET_KEY = "hss-sim-dummy-secret-key-0000000000-0001"
WRONG_SECRET = "hss-sim-dummy-secret-key-0000000000-0002"
# Both operations in all their forms. They name what the simulator's own tasks hold.
FORMS = [
    "rescan.all_failed_host",
    "rescan.all_granted_eps",
    "rescan.specific_host",
    "retry.all_failed_cluster",
    "retry.all_granted_eps",
    "retry.specific_cluster",
    "retry.without_cluster_scan_info",
]


def wire(name):
    return json.loads((OPENAPI / "wire" / (name + ".json")).read_text("utf-8"))


def is_accepted(name):
    """Whether a case is accepted, and not about project ids, which headers cannot hold as paths can, or about tokens."""
    case = wire(name)
    return case["outcome"]["result"] == "accepted" and case["inputs"]["project_id"] == PROJECT and ".token_" not in name


ACCEPTED = list(filter(is_accepted, sorted(path.stem for path in (OPENAPI / "wire").glob("*.json"))))
assert set(FORMS) < set(ACCEPTED)


def simulator(url, method, path, body=None):
    request = Request("%s/_sim/%s" % (url, path), None if body is None else json.dumps(body).encode(), method=method)
    with urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def check_signed(wanted, arrived, signed):
    """Whether a request, as the simulator or the receiver records it, is what a case says, signed in place of a token."""
    headers = arrived["headers"]
    form = arrived.get("wire", arrived)
    for part in ["method", "path", "query", "body"]:
        assert form[part] == wanted[part]
    assert headers["content-type"] == wanted["headers"]["content-type"]
    assert "x-auth-token" not in headers
    assert headers["x-project-id"] == PROJECT
    assert headers["x-sdk-date"] and headers["host"]
    assert headers["authorization"].startswith("SDK-HMAC-SHA256 Access=")
    assert headers["authorization"].split(", SignedHeaders=")[1].split(", Signature=")[0] == signed
