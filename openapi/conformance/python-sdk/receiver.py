"""Receives requests as they come over the wire, and verifies their signatures with the official Python signer.

A request is kept in the form of the simulator's `GET /_sim/requests` with `problems` beside, a list of texts that is empty where
the request is signed well. Such a request is answered with 200, any other with 401, and kept before it is answered.

The official signer signs every header that it is given and takes the query decoded, so this program hands it the headers
that the request says are signed, and decodes the query. What the signer makes of that has to be what arrived.
"""

import hmac
import json
import socketserver
import threading
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from urllib.parse import unquote

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

SECONDS = 20
FURTHEST = timedelta(minutes=15)
REQUIRED = ["content-type", "host", "x-project-id", "x-sdk-date", "authorization"]


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


def problems(method, path, query, pairs, body, server):
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
    if headers["host"] != server.address:
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
        host=server.address,
        resource_path=path,
        uri=path,
        query_params=[tuple(pair) for pair in decoded(query)],
        header_params={name: value for name, value in pairs if name in signed},
        body=body,
    )
    official = Signer(server.key).sign(request).header_params["Authorization"]
    if not hmac.compare_digest(official.encode(), headers["authorization"].encode()):
        found.append("the official signer makes another signature of it")
    return found


class Handler(socketserver.StreamRequestHandler):
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
        found = problems(method, path, query, pairs, body, self.server)
        under = self.server.under
        if path.startswith(under + "/"):
            path = path[len(under) :]
        else:
            found.append("the path does not begin with %s" % under)
        self.server.arrived.append({
            "method": method,
            "path": path,
            "query": dict(decoded(query)),
            "headers": dict(pairs),
            "body": json.loads(body) if body else None,
            "problems": found,
        })
        self.answer(found)

    def answer(self, found):
        status, content = "200 OK", b""
        if found:
            status = "401 Unauthorized"
            content = json.dumps({"error_code": "APIGW.0301", "error_msg": "; ".join(found)}).encode()
        head = "HTTP/1.1 %s\r\nX-Request-Id: received\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        self.wfile.write((head % (status, len(content))).encode() + content)


class Receiver(socketserver.ThreadingTCPServer):
    """Takes what stands under a path for the service, and one key for valid."""

    daemon_threads = True

    def __init__(self, access_key, secret_key, under=""):
        super().__init__(("127.0.0.1", 0), Handler)
        self.key = SimpleNamespace(ak=access_key, sk=secret_key)
        self.under = under
        self.address = "%s:%d" % self.server_address
        self.url = "http://%s%s" % (self.address, under)
        self.arrived = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def received(self):
        """What arrived since this was last asked."""
        arrived, self.arrived = self.arrived, []
        return arrived
