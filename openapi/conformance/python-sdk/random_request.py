"""Random requests, as odd as HTTP allows.

Left out is what HTTP does not allow, or what the official signer reads in a way that no other does:
- bytes in path or query that are not UTF-8 once decoded: it puts U+FFFD in their place, so that different paths get one
  signature; ours refuses them;
- a bare `+` in the query: it takes queries decoded and never meets one; ours refuses it;
- header values that begin or end with white space beyond ASCII: it strips that too, HTTP takes off spaces and tabs;
- one header twice, which its map of headers cannot hold; ours refuses it;
- requests whose `host` is not signed: it always signs it.
"""

import json

UNRESERVED = "abcxyzABCXYZ0123456789-._~"
# What `http::Uri` takes bare in paths and queries alike, beside the unreserved ones.
BARE = "!$'()*,;:@/[]\\^|"
# Beyond ASCII: two to four bytes, on both sides of the surrogates, white space, a mark of direction.
WIDE = "é一𝄞\uffff\ue000\ufffd\xa0\u3000\u200fe\u0301"
# Always to be escaped.
ESCAPED = " #%?&=+<>`\0\x1f\n\x7f"
# No escapes, whatever follows.
BROKEN = ["%z", "%4z", "%%z", "%-1"]
NAMES = ["limit", "marker", "id", "ID", "id~", "id!", "enterprise_project_id", ""]
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


def random_request(random):
    """A request and what it is signed with, as openapi/signing/README.md describes both."""
    headers = random_headers(random)
    leaves_body_out = percent(random, 3)
    if leaves_body_out:
        headers.append(["X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"])
    signed = None
    if leaves_body_out or percent(random, 50):
        # The official signer cannot see that header and leave it unsigned. Names with an underscore are among them, which
        # both signers have to leave out.
        signed = ["host"] + [name.lower() for name, _ in headers if leaves_body_out or percent(random, 60)]
    return {
        "request": {
            "method": random.choice(["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "put", "PROPFIND"]),
            "scheme": random.choice(["https", "http"]),
            "authority": authority(random),
            "path": path(random),
            "query": query(random) if percent(random, 75) else None,
            "headers": headers,
            "body": body(random),
        },
        "context": {
            "access_key": text(random, 1, 40, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=/+"),
            "secret_key": text(random, 1, 130, VISIBLE + "é一𝄞" * (13 if percent(random, 10) else 0)),
            "security_token": text(random, 1, random.choice([1, 64, 2_000]), VISIBLE) if percent(random, 30) else None,
            "date": date(random),
            "signed_headers": signed,
        },
    }


def percent(random, chance):
    return random.randrange(100) < chance


def text(random, shortest, longest, characters):
    return "".join(random.choices(characters, k=random.randint(shortest, longest)))


def date(random):
    year = random.randrange(2020, 2040) if percent(random, 80) else random.randrange(1970, 10_000)
    day = (year, random.randint(1, 12), random.randint(1, 28))
    return "%04d%02d%02dT%02d%02d%02dZ" % (*day, random.randrange(24), random.randrange(60), random.randrange(60))


def authority(random):
    name = random.choice(
        ["hss.cn-north-4.myhuaweicloud.com", "HSS.Example.COM", "127.0.0.1", "[::1]", "[fe80::A]", "a", "x--y.z"]
    )
    if percent(random, 60):
        name += ":%d" % random.choice([80, 443, random.randint(1, 65_535), random.randint(1, 65_535)])
    return "user:word@" + name if percent(random, 3) else name


def path(random):
    made = ""
    for _ in range(random.randrange(7)):
        if percent(random, 10):
            made += "/" + random.choice(["", ".", "..", "v5", "vulnerability", "%2F", "%252F", "%2e%2E"])
        else:
            made += "/" + piece(random, "+&=", 12)
    return made + "/" if not made or percent(random, 15) else made


def query(random):
    pairs = []
    for _ in range(random.randrange(7)):
        pair = random.choice(NAMES) if percent(random, 60) else piece(random, "?", 8)
        pairs.append(pair + "=" + piece(random, "?=", 12) if percent(random, 85) else pair)
    if percent(random, 20):
        pairs += pairs[:1]
    return "&".join(pairs)


def piece(random, bare, longest):
    """Characters, some bare, some escaped in either case; `bare` may be bare here beside those that always may."""
    made = ""
    for _ in range(random.randint(0, longest)):
        kind = random.randrange(20)
        if kind == 0:
            made += random.choice(BROKEN)
            continue
        choices = BARE if kind < 4 else WIDE if kind < 6 else ESCAPED if kind < 8 else bare if kind == 8 else UNRESERVED
        character = random.choice(choices)
        if choices is not ESCAPED and percent(random, 70):
            made += character
        else:
            made += "".join(random.choice(["%%%02X", "%%%02x"]) % byte for byte in character.encode())
    return made


def random_headers(random):
    headers = []
    if percent(random, 85):
        types = ["application/json", "application/json;charset=UTF-8", "text/plain", " application/json ", "x/y"]
        headers.append([random.choice(["Content-Type", "content-type"]), random.choice(types)])
    if percent(random, 80):
        headers.append(["X-Project-Id", text(random, 1, 32, "0123456789abcdef")])
    if percent(random, 10):
        headers.append(["Host", random.choice(["hss.example.com", "hss.example.com:443", " a "])])
    if percent(random, 50):
        headers.append(["User-Agent", header_value(random)])
    for _ in range(random.randrange(5)):
        # A character of its own in front keeps these apart from every header that means something.
        name = "q" + text(random, 0, 8, "abXY09-_.~!")
        if name.lower() not in [other.lower() for other, _ in headers]:
            headers.append([name, header_value(random)])
    return headers


def header_value(random):
    """Outer spaces and tabs, inner ones, and characters beyond ASCII, with white space among them only inside."""
    kinds = [" \t", "é一𝄞", "\"';:,=()<>@/[]{}%"] + [UNRESERVED] * 7
    middle = "".join(random.choice(random.choice(kinds)) for _ in range(random.randint(0, 30)))
    if percent(random, 5):
        middle = "x\xa0%s\u3000x" % middle
    return text(random, 0, 3, " \t") + middle + text(random, 0, 3, " \t")


def body(random):
    kind = random.randrange(10)
    if kind < 2:
        return {"text": ""}
    if kind == 2:
        return {"hex": random.randbytes(random.randrange(2_000)).hex()}
    if kind == 3:
        return {"text": text(random, 1, 16, UNRESERVED), "times": random.randrange(4_000)}
    if kind < 6:
        return {"text": text(random, 0, 300, "é一𝄞 \r\n\t\0{}\"")}
    return {"text": json.dumps({"range_type": "specific_host", "host_ids": [header_value(random)]})}
