"""Our signer beside the official one, for `openapi/signing` and for random requests.

SIGN_LINES is the example `sign_lines` of our signer: one request a line in, its stages a line out. SIGN_COUNT is the number of
random requests, SIGN_SEED what they are made from.
"""

import json
import os
import subprocess
import time
from random import Random

from common import OPENAPI
from random_request import random_request
from sign import sign

COUNT = int(os.environ.get("SIGN_COUNT", 10_000))
SEED = int(os.environ.get("SIGN_SEED") or time.time_ns() // 1000)
STAGES = ["canonical_request", "string_to_sign", "authorization"]


def ours(lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    ended = subprocess.run([os.environ["SIGN_LINES"]], input=text.encode(), stdout=subprocess.PIPE, check=True)
    signed = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(signed) == len(lines)
    return signed


def test_written_cases(record_property):
    folders = sorted(path for path in (OPENAPI / "signing").iterdir() if path.is_dir())
    assert folders
    record_property("cases", len(folders))
    lines = [{part: json.loads((folder / (part + ".json")).read_text("utf-8")) for part in ["request", "context"]} for folder in folders]
    for number, (folder, line, signed) in enumerate(zip(folders, lines, ours(lines))):
        written = {stage: (folder / (stage + ".txt")).read_bytes().decode() for stage in STAGES}
        assert written == signed == sign(line, lists=number % 2 == 1), folder.name


def test_random_requests(record_property):
    print("seed", SEED)
    record_property("cases", COUNT)
    random = Random(SEED)
    lines = [random_request(random) for _ in range(COUNT)]
    for number, (line, signed) in enumerate(zip(lines, ours(lines))):
        # The keys of these requests are made up, so everything is shown.
        assert signed == sign(line, lists=number % 2 == 1), "request %d of seed %d: %s" % (number, SEED, json.dumps(line))


def test_a_seed_determines_the_requests():
    def requests(seed):
        random = Random(seed)
        return [random_request(random) for _ in range(50)]

    assert requests(7) == requests(7) != requests(8)
