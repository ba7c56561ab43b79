"""The official signer verifies what our command sends.

HSS_BIN is the command `hss`.
"""

import json
import os
import socket
import subprocess
import tempfile

import pytest
from common import ACCEPTED, ACCESS_KEY, FORMS, PROJECT, SECRET_KEY, WRONG_SECRET, check_signed, wire
from receiver import Receiver
from test_calls import SIGNED as SIGNED_BY_SDK
from test_calls import call

SIGNED = "content-type;host;x-project-id;x-sdk-date"
UNAUTHENTICATED = 3
UNDER = "/hss/a%20b~"
ANOTHER = "the official signer makes another signature of it"
COMMANDS = {"recreateVulScanTask": "rescan", "retryTask": "retry"}


@pytest.fixture(scope="module")
def receiver():
    with Receiver(ACCESS_KEY, SECRET_KEY) as receiver:
        yield receiver
        receiver.shutdown()


def flags(body):
    """The flags that say what a body says; None where there are none."""
    info = body if "range_type" in body else body.get("cluster_scan_info")
    if info is None:
        return None
    if info["range_type"].startswith("all_failed"):
        return ["--all-failed"]
    if info["range_type"] == "specific_host":
        return ["--host=" + host for host in info["host_ids"]]
    return ["--cluster=" + "=".join(parts(cluster)) for cluster in info["cluster_info_list"]]


def parts(cluster):
    """The id, and the scan items where there are any."""
    return [cluster["cluster_id"]] + [",".join(cluster[key]) for key in ["scan_type_list"] if key in cluster]


def hss(receiver, case, body_by=None, secret_key=SECRET_KEY, security_token=None):
    """Runs the command, and returns its exit code, its output and what arrived."""
    inputs = case["inputs"]
    arguments = ["--output=json", "--quiet", "--timeout=20s", "--project-id", PROJECT, "--endpoint", receiver.url]
    if "enterprise_project_id" in inputs:
        arguments += ["--enterprise-project-id", inputs["enterprise_project_id"]]
    # No profile file of the user's.
    environment = {"HOME": tempfile.mkdtemp(), "HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": secret_key}
    if security_token:
        environment["HUAWEICLOUD_SDK_SECURITY_TOKEN"] = security_token
    ended = subprocess.run(
        [os.environ["HSS_BIN"], COMMANDS[case["operation"]], *arguments, *(body_by or ["--body=-"]), "--", inputs["task_id"]],
        env=environment,
        input=None if body_by else json.dumps(inputs["body"]).encode(),
        capture_output=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr, receiver.received()


def check(case, ended, signed=SIGNED):
    code, said, arrived = ended
    assert code == 0, said
    [request] = arrived
    assert request["problems"] == []
    check_signed(case["request"], request, signed)


@pytest.mark.parametrize("name", FORMS)
def test_verifies_the_official_sdk(receiver, name):
    case = wire(name)
    status, _, message = call(receiver.url, case)
    check(case, (0 if status == 200 else status, message, receiver.received()), SIGNED_BY_SDK)


@pytest.mark.parametrize("name", FORMS)
def test_a_wrong_secret_is_refused_once(receiver, name):
    code, said, arrived = hss(receiver, wire(name), secret_key=WRONG_SECRET)
    assert code == UNAUTHENTICATED, said
    # More would be a repeated 401, which locks keys.
    assert [request["problems"] for request in arrived] == [[ANOTHER]]


# An argument cannot hold a NUL.
@pytest.mark.parametrize("name", [name for name in ACCEPTED if not name.endswith("_nul")])
def test_accepted(receiver, name):
    case = wire(name)
    ended = hss(receiver, case)
    # What the document allows, but hss takes for no id: nothing arrives, and the parameter is named.
    if refused := case.get("refused_by_id_rule"):
        code, said, arrived = ended
        assert (code, arrived) == (2, [])
        assert refused["parameter"].encode() in said
        return
    check(case, ended)


@pytest.mark.parametrize("name", [name for name in FORMS if flags(wire(name)["inputs"]["body"])])
def test_flags(receiver, name):
    case = wire(name)
    check(case, hss(receiver, case, body_by=flags(case["inputs"]["body"])))


@pytest.mark.parametrize("name", FORMS)
def test_a_temporary_key(receiver, name):
    case = wire(name)
    check(case, hss(receiver, case, security_token="hss-sim-dummy-security-token"), SIGNED + ";x-security-token")


@pytest.mark.parametrize("name", FORMS)
def test_an_endpoint_with_a_path(name):
    with Receiver(ACCESS_KEY, SECRET_KEY, UNDER) as receiver:
        case = wire(name)
        check(case, hss(receiver, case))
        receiver.shutdown()


def send(receiver, request, headers):
    """Sends a request as it arrived, but for its headers, and says what the receiver has against it."""
    head = ["%s %s HTTP/1.1" % (request["method"], request["path"])] + ["%s: %s" % pair for pair in headers.items()]
    # A body of one member, which is written as it was.
    [member] = request["body"].items()
    with socket.create_connection(receiver.server_address, timeout=20) as stream:
        stream.sendall(("\r\n".join(head) + '\r\n\r\n{"%s":"%s"}' % member).encode())
        while stream.recv(4096):
            pass
    [again] = receiver.received()
    return again["problems"]


@pytest.fixture(scope="module")
def sent(receiver):
    [request] = hss(receiver, wire("rescan.all_failed_host"))[2]
    assert send(receiver, request, request["headers"]) == []
    return request


@pytest.mark.parametrize("name", [*SIGNED.split(";"), "authorization"])
def test_the_receiver_misses_a_header(receiver, sent, name):
    headers = {other: value for other, value in sent["headers"].items() if other != name}
    assert send(receiver, sent, headers) == ["%s was sent 0 times" % name]


@pytest.mark.parametrize("name", SIGNED.split(";"))
def test_the_receiver_sees_an_unsigned_header(receiver, sent, name):
    rest = ";".join(other for other in SIGNED.split(";") if other != name)
    headers = sent["headers"] | {"authorization": sent["headers"]["authorization"].replace(SIGNED, rest)}
    assert send(receiver, sent, headers) == ["not signed: " + name, ANOTHER]
