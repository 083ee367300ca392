"""Checks answers against Twilio's published OpenAPI, relaxed where its own examples break it:
enums may be null, and a price is a number or a string."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JsonSchema = dict[str, Any]
DATE = re.compile(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True)
class Seen:
    """One answer of the sandbox."""

    method: str
    path: str
    status: int
    text: str


class OpenApi:
    def __init__(self, file: Path) -> None:
        document = json.loads(file.read_text())
        self._schemas: dict[str, JsonSchema] = document["components"]["schemas"]
        self._paths = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), methods)
            for path, methods in document["paths"].items()
        ]

    def faults(self, seen: Seen) -> list[str]:
        """What is wrong with a good answer; nothing is published about refusals."""
        if seen.status >= 400:
            return refusal_faults(json.loads(seen.text), seen.status)
        methods = next((methods for path, methods in self._paths if path.fullmatch(seen.path)), None)
        if methods is None or seen.method.lower() not in methods:
            return [f"{seen.method} {seen.path} is not in the document"]
        response = methods[seen.method.lower()]["responses"].get(str(seen.status))
        if response is None:
            return [f"{seen.method} {seen.path} does not answer {seen.status}"]
        if "content" not in response:
            return ["a body where there should be none"] if seen.text else []
        schema = response["content"]["application/json"]["schema"]
        return self._check(json.loads(seen.text), schema, "$")

    def _check(self, value: Any, schema: JsonSchema, at: str) -> list[str]:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        if value is None:
            return [] if schema.get("nullable") or "enum" in schema else [f"{at}: null"]
        if at.endswith(".price"):
            return [] if isinstance(value, str | int | float) else [f"{at}: {value!r}"]
        kind = schema.get("type")
        if kind is None:
            return []
        wrong = not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
        if wrong:
            return [f"{at}: {value!r} is no {kind}"]
        if kind == "object":
            return self._check_object(value, schema, at)
        if kind == "array":
            return [f for i, one in enumerate(value) for f in self._check(one, schema["items"], f"{at}[{i}]")]
        return text_faults(value, schema, at) if kind == "string" else []

    def _check_object(self, value: dict[str, Any], schema: JsonSchema, at: str) -> list[str]:
        properties: dict[str, JsonSchema] | None = schema.get("properties")
        if properties is None:
            return []
        faults = [f"{at}.{name} is unknown" for name in value.keys() - properties.keys()]
        faults += [f"{at}.{name} is missing" for name in properties.keys() - value.keys()]
        for name in value.keys() & properties.keys():
            faults += self._check(value[name], properties[name], f"{at}.{name}")
        return faults


def text_faults(value: str, schema: JsonSchema, at: str) -> list[str]:
    faults = []
    if "enum" in schema and value not in schema["enum"]:
        faults.append(f"{at}: {value!r} is not one of {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        faults.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        faults.append(f"{at}: {value!r} has the wrong length")
    if schema.get("format") == "date-time-rfc-2822" and not DATE.fullmatch(value):
        faults.append(f"{at}: {value!r} is no date of RFC 2822 in UTC")
    return faults


def refusal_faults(body: dict[str, Any], status: int) -> list[str]:
    """Twilio's error body: exactly these four, and the status is the answer's own."""
    faults = [] if body.keys() == {"code", "message", "more_info", "status"} else [f"error keys {set(body)}"]
    if body.get("status") != status:
        faults.append(f"error status {body.get('status')} on {status}")
    return faults
