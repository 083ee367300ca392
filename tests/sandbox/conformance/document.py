"""Twilio's OpenAPI made ready to drive a sandbox: relaxed where its own examples break it, completed by the
refusals that it leaves out, and told values for fields that random text would never get through."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.sandbox.openapi import JsonSchema
from tests.sandbox.servers import OURS

PERSON = "+13125550142"
CUSTOMER = "http://customer.invalid"
"""In whose place the URL of the test's own server is sent: nobody else is ever called back."""


class StandIn(StrEnum):
    """A generated SID in whose place that of something existing is sent."""

    LIVING_CALL = "CA" + "1" * 32
    ENDED_CALL = "CA" + "2" * 32
    MEMBER = "CA" + "3" * 32
    OPEN_ROOM = "CF" + "1" * 32
    CLOSED_ROOM = "CF" + "2" * 32
    RUNNING_RECORDING = "RE" + "1" * 32
    READY_RECORDING = "RE" + "2" * 32
    NUMBER = "PN" + "1" * 32


CALLS = [StandIn.LIVING_CALL, StandIn.ENDED_CALL, "CA" + "9" * 32]
ROOMS = [StandIn.OPEN_ROOM, StandIn.CLOSED_ROOM, "CF" + "9" * 32]
SIDS: dict[str, list[str]] = {
    "Calls": CALLS,
    "Conferences": ROOMS,
    "Participants": [StandIn.MEMBER, "eve", StandIn.LIVING_CALL],
    "Recordings": [StandIn.RUNNING_RECORDING, StandIn.READY_RECORDING, "RE" + "9" * 32],
    "IncomingPhoneNumbers": [StandIn.NUMBER, "PN" + "9" * 32],
}
"""By what stands before them in the path."""

VALUES: dict[str, list[Any]] = {
    "ApplicationSid": ["", "AP" + "0" * 32],
    "AsyncAmd": ["true", "false"],
    "CallSid": CALLS,
    "CallSidToCoach": [StandIn.MEMBER],
    "ConferenceRecord": ["record-from-start", "do-not-record"],
    "ConferenceSid": ROOMS,
    "From": [OURS, "+13125550199"],
    "Label": ["guest", "a/b"],
    "MachineDetection": ["Enable", "DetectMessageEnd"],
    "MachineDetectionSilenceTimeout": [5000],
    "MachineDetectionSpeechEndThreshold": [1200],
    "MachineDetectionSpeechThreshold": [2400],
    "MachineDetectionTimeout": [30, 60],
    "PageSize": [2],
    "ParentCallSid": [StandIn.LIVING_CALL],
    "PauseBehavior": ["skip", "silence"],
    "PhoneNumber": ["+13125550180", OURS, "+1312*"],
    "RecordingChannels": ["mono", "dual"],
    "RecordingTrack": ["both", "inbound"],
    "SendDigits": ["", "1w2#"],
    "TimeLimit": [600],
    "Timeout": [60],
    "To": [PERSON, "client:eve", "sip:ana@example.com", "+15005550002"],
    "Twiml": [
        "<Response><Pause length='600'/></Response>",
        "<Response><Dial><Conference>hall</Conference></Dial></Response>",
        "<Response><Record/><Juggle/></Response>",
        "<Response><Say>",
    ],
}
"""What generated requests hold, unless they are to be wrong; the first lets a request through."""

URLS = [f"{CUSTOMER}/answer", f"{CUSTOMER}/answer#rc=1", "example.com"]

REFUSAL: JsonSchema = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string", "minLength": 1},
        "more_info": {"type": "string", "pattern": r"^https://www\.twilio\.com/docs/errors/\d{5}$"},
        "status": {"type": "integer"},
    },
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
}


def conformance_document(file: Path, account_sid: str) -> JsonSchema:
    """Of one account, for others are refused at the door."""
    document: JsonSchema = json.loads(file.read_text())
    for schema in document["components"]["schemas"].values():
        relax(schema)
    for path, methods in document["paths"].items():
        for method in methods.keys() & {"get", "post", "delete"}:
            complete(methods[method], path, account_sid)
    return document


def complete(operation: JsonSchema, path: str, account_sid: str) -> None:
    content = {"application/json": {"schema": REFUSAL}}
    operation["responses"]["4XX"] = {"description": "Refused", "content": content}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = in_path(parameter["name"], path, account_sid)
        else:
            parameter["schema"] = told(parameter["name"], parameter["schema"])
    for body in operation.get("requestBody", {}).get("content", {}).values():
        body.pop("examples", None)
        fields = body["schema"]["properties"]
        fields.update({name: told(name, schema) for name, schema in fields.items()})
        if operation["operationId"] == "CreateCall":  # it takes one of three, which OpenAPI can't say
            body["schema"]["required"].append("Twiml")


def relax(schema: JsonSchema) -> None:
    """Enums may be null, and a price is a number or a string."""
    if "enum" in schema:
        schema["nullable"] = True
    price = schema.get("properties", {}).get("price")
    if price is not None:
        schema["properties"]["price"] = {"anyOf": [{"type": "string", "nullable": True}, {"type": "number"}]}


def told(name: str, schema: JsonSchema) -> JsonSchema:
    values = URLS if name.endswith(("Url", "StatusCallback")) else VALUES.get(name)
    if values is None:
        return schema
    return {"type": schema["type"], "enum": values}


def in_path(name: str, path: str, account_sid: str) -> JsonSchema:
    before = path.partition("{" + name + "}")[0].rstrip("/").rpartition("/")[2]
    return {"type": "string", "enum": [account_sid] if before == "Accounts" else SIDS[before]}
