"""Tells Schemathesis what OpenAPI cannot: a property with `x-valid-when` is there where its condition holds, and only there.

Of the pages of `listVulScanTask` no limits are known, so the document has none; the simulator has those of the other lists.
"""

import schemathesis
from schemathesis.generation import GenerationMode


def resolved(document, schema):
    while "$ref" in schema:
        target = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        schema = target
    return schema


def honoured(document, schema, value):
    """The value with the conditions of its schema honoured."""
    schema = resolved(document, schema)
    if isinstance(value, list):
        return [honoured(document, schema["items"], item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    properties = {name: resolved(document, held) for name, held in schema["properties"].items()}
    for name, held in properties.items():
        condition = held.get("x-valid-when", {})
        holds = all(value.get(sibling) == wanted for sibling, wanted in condition.items())
        # A condition that every value meets asks for nothing.
        choice = any(len(properties[sibling]["enum"]) > 1 for sibling in condition)
        if name in value and holds:
            kept[name] = honoured(document, held, value[name])
        elif name not in value and holds and choice:
            item = resolved(document, held["items"])
            kept[name] = [{} if item["type"] == "object" else "any"]
    return kept | {name: held for name, held in value.items() if name not in properties}


@schemathesis.hook
def before_call(context, case, kwargs):
    # What is generated to be wrong stays wrong.
    if case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if case.operation.definition.raw["operationId"] == "listVulScanTask":
        for name, (low, high) in {"limit": (1, 200), "offset": (0, 2**31 - 1)}.items():
            if name in (case.query or {}):
                case.query[name] = min(max(int(case.query[name]), low), high)
    if isinstance(case.body, dict):
        document = case.operation.schema.raw_schema
        body = case.operation.definition.raw["requestBody"]["content"]["application/json"]["schema"]
        case.body = honoured(document, body, case.body)
