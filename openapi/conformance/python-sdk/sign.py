"""Signs requests with the official Python signer, as a second opinion on ours.

The official signer signs every header that it is given and takes the query decoded, so this module picks the headers,
works out the host and decodes the query. All else is the official signer's.
"""

from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

SIGNED_BY_DEFAULT = ["content-type", "host", "x-project-id"]
OWN_PORTS = {"http": 80, "https": 443}


class Watched(Signer):
    """Keeps the two stages that the official signer does not hand out."""

    def _process_canonical_request(self, *arguments):
        self.canonical_request = super()._process_canonical_request(*arguments)
        return self.canonical_request

    def _process_string_to_sign(self, *arguments):
        self.string_to_sign = super()._process_string_to_sign(*arguments)
        return self.string_to_sign


def host(request):
    """The host as it goes over the wire: no user information, no port that is the scheme's own."""
    name = request["authority"].rpartition("@")[2]
    port = urlsplit("//" + name).port
    if port is not None and port == OWN_PORTS.get(request["scheme"]):
        name = name.rpartition(":")[0]
    return name


def query(text, lists):
    """The query as decoded pairs; with `lists`, the values of one name as one list, which callers can also pass."""
    pairs = []
    for pair in filter(None, (text or "").split("&")):
        name, _, value = pair.partition("=")
        pairs.append((unquote(name, errors="strict"), unquote(value, errors="strict")))
    if not lists:
        return pairs
    values = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return [(name, held if len(held) > 1 else held[0]) for name, held in values.items()]


def body(described):
    data = bytes.fromhex(described["hex"]) if "hex" in described else described.get("text", "").encode()
    return data * described.get("times", 1)


def headers(request, context):
    given = [(name, value) for name, value in request["headers"]]
    chosen = context["signed_headers"]
    chosen = set(SIGNED_BY_DEFAULT if chosen is None else chosen)
    # Spelt "Content-Type", and only so, a type other than JSON makes the official signer leave the body out and say so
    # in a header of its own. Where the request has that header the spelling stays, elsewhere it is lowered.
    spelling = str if any(name.lower() == "x-sdk-content-sha256" for name, _ in given) else str.lower
    result = {spelling(name): value for name, value in given if name.lower() in chosen}
    result["X-Sdk-Date"] = context["date"]
    if context["security_token"] is not None:
        result["X-Security-Token"] = context["security_token"]
    return result


def sign(line, lists):
    """The stages of `{"request": {...}, "context": {...}}`, both as openapi/signing/README.md describes them."""
    request, context = line["request"], line["context"]
    # The signer asks its credentials for these two alone; the official class would pull in an HTTP client.
    signer = Watched(SimpleNamespace(ak=context["access_key"], sk=context["secret_key"]))
    signed = signer.sign(
        SdkRequest(
            method=request["method"],
            schema=request["scheme"],
            host=host(request),
            resource_path=request["path"],
            uri=request["path"],
            query_params=query(request["query"], lists),
            header_params=headers(request, context),
            body=body(request["body"]),
        )
    )
    return {
        "canonical_request": signer.canonical_request,
        "string_to_sign": signer.string_to_sign,
        "authorization": signed.header_params["Authorization"],
    }
