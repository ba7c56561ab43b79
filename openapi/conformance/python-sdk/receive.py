"""Receives requests as they come over the wire, and verifies their signatures with the official Python signer.

The key to accept stands in HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, the path under which the service is in RECEIVE_UNDER.
The first line printed says where it listens; then follows one JSON object for each request, in the form of the simulator's
`GET /_sim/requests` with `problems` beside, a list of texts that is empty where the request is signed well. Such a request
is answered with 200, any other with 401. What is said of a request is said before it is answered. A line of the standard
input is repeated on the standard output, which shows how far it has come; where the input ends, this ends.

The official signer signs every header that it is given and takes the query decoded, so this program hands it the headers
that the request says are signed, and decodes the query. What the signer makes of that has to be what arrived.
"""

import hmac
import json
import os
import socketserver
import sys
import threading
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from urllib.parse import unquote

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

KEY = SimpleNamespace(ak=os.environ["HUAWEICLOUD_SDK_AK"], sk=os.environ["HUAWEICLOUD_SDK_SK"])
SECONDS = 20
SAYING = threading.Lock()
FURTHEST = timedelta(minutes=15)
REQUIRED = ["content-type", "host", "x-project-id", "x-sdk-date", "authorization"]


def say(line):
    with SAYING:
        print(line, flush=True)


def decoded(query):
    pairs = []
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        pairs.append([unquote(name, errors="strict"), unquote(value, errors="strict")])
    return pairs


def signed_names(authorization):
    """The names of the signed headers, and nothing where the header has another form."""
    algorithm, _, rest = authorization.partition(" ")
    parts = dict(part.partition("=")[::2] for part in rest.split(", "))
    if algorithm != "SDK-HMAC-SHA256" or list(parts) != ["Access", "SignedHeaders", "Signature"]:
        return []
    return parts["SignedHeaders"].split(";")


def problems(method, path, query, pairs, body, address):
    found = []
    names = [name for name, _ in pairs]
    headers = dict(pairs)
    for name in REQUIRED:
        if names.count(name) != 1:
            found.append("%s was sent %d times" % (name, names.count(name)))
    if "x-auth-token" in headers:
        found.append("x-auth-token was sent beside the signature")
    if found:
        return found
    if headers["host"] != address:
        found.append("host is %r" % headers["host"])
    try:
        date = datetime.strptime(headers["x-sdk-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        if abs(datetime.now(timezone.utc) - date) > FURTHEST:
            found.append("x-sdk-date is more than 15 minutes away")
    except ValueError:
        found.append("x-sdk-date is %r" % headers["x-sdk-date"])
        return found

    signed = signed_names(headers["authorization"])
    missing = [name for name in REQUIRED if name != "authorization" and name not in signed]
    if "x-security-token" in headers and "x-security-token" not in signed:
        missing.append("x-security-token")
    if missing:
        found.append("not signed: %s" % ", ".join(missing))
    request = SdkRequest(
        method=method,
        schema="http",
        host=address,
        resource_path=path,
        uri=path,
        query_params=[tuple(pair) for pair in decoded(query)],
        header_params={name: value for name, value in pairs if name in signed},
        body=body,
    )
    official = Signer(KEY).sign(request).header_params["Authorization"]
    if not hmac.compare_digest(official.encode(), headers["authorization"].encode()):
        found.append("the official signer makes another signature of it")
    return found


class Receiver(socketserver.StreamRequestHandler):
    timeout = SECONDS

    def handle(self):
        line = self.rfile.readline().decode("ascii").rstrip("\r\n")
        if not line:
            return
        method, target, _ = line.split(" ")
        pairs = []
        while True:
            line = self.rfile.readline().decode("utf-8").rstrip("\r\n")
            if not line:
                break
            name, _, value = line.partition(":")
            pairs.append((name.lower(), value.strip(" \t")))
        body = self.rfile.read(int(dict(pairs).get("content-length", 0)))

        path, _, query = target.partition("?")
        found = problems(method, path, query, pairs, body, self.server.address)
        under = os.environ.get("RECEIVE_UNDER", "")
        if path.startswith(under + "/"):
            path = path[len(under) :]
        else:
            found.append("the path does not begin with %s" % under)
        arrived = {
            "method": method,
            "path": path,
            "query": decoded(query),
            "headers": dict(pairs),
            "body": json.loads(body) if body else None,
            "problems": found,
        }
        say(json.dumps(arrived))
        self.answer(found)

    def answer(self, found):
        status, content = "200 OK", b""
        if found:
            status = "401 Unauthorized"
            content = json.dumps({"error_code": "APIGW.0301", "error_msg": "; ".join(found)}).encode()
        head = "HTTP/1.1 %s\r\nX-Request-Id: received\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        self.wfile.write((head % (status, len(content))).encode() + content)


def main():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Receiver) as server:
        server.daemon_threads = True
        server.address = "%s:%d" % server.server_address
        say("listening on http://" + server.address)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for line in sys.stdin:
            say(line.rstrip("\n"))


if __name__ == "__main__":
    main()
