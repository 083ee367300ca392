"""Keeps something of every kind in the sandbox, for generated requests to meet."""

from collections.abc import Mapping
from typing import Any

from schemathesis import Case

from tests.sandbox.conformance.document import CUSTOMER, PERSON, StandIn
from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

STAND_INS = frozenset(StandIn)


class Population:
    def __init__(self, twilio: Twilio, customer: Customer) -> None:
        self._twilio = twilio
        self._customer = customer
        self._sids: dict[StandIn, str] = {}
        self._rooms = 0
        twilio.script(
            PERSON,
            "human",
            ring_seconds=0,
            talk_seconds=10**6,
            patience_seconds=10**6,
            dead_air_seconds=10**6,
        )

    def fill(self, case: Case[Any]) -> None:
        """Put what is there in the places of stand-ins."""
        case.path_parameters = self._filled(case.path_parameters)
        case.query = self._filled(case.query)
        if isinstance(case.body, dict):
            case.body = self._filled(case.body)

    def after(self, case: Case[Any], status: int) -> None:
        """What a request may have changed is not taken again."""
        if case.method != "GET" and status < 400:
            self._sids.clear()

    def _filled(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._real(value) for name, value in fields.items()}

    def _real(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value in STAND_INS:
            return self.sid(StandIn(value))
        return value.replace(CUSTOMER, self._customer.url)

    def sid(self, stand_in: StandIn) -> str:
        if stand_in not in self._sids:
            self._make(stand_in)
        return self._sids[stand_in]

    def _make(self, stand_in: StandIn) -> None:
        match stand_in:
            case StandIn.LIVING_CALL:
                self._sids[stand_in] = self._call()
            case StandIn.ENDED_CALL:
                self._sids[stand_in] = self._call()
                self._post(f"/Calls/{self._sids[stand_in]}.json", Status="completed")
            case StandIn.OPEN_ROOM | StandIn.MEMBER:
                room, member = self._room()
                self._sids |= {StandIn.OPEN_ROOM: room, StandIn.MEMBER: member}
            case StandIn.CLOSED_ROOM:
                self._sids[stand_in], _ = self._room()
                self._post(f"/Conferences/{self._sids[stand_in]}.json", Status="completed")
            case StandIn.RUNNING_RECORDING:
                self._sids[stand_in] = self._recording()
            case StandIn.READY_RECORDING:
                self._sids[stand_in] = sid = self._recording()
                call = self.sid(StandIn.LIVING_CALL)
                self._post(f"/Calls/{call}/Recordings/{sid}.json", Status="stopped")
                wait_for(lambda: self._get(f"/Recordings/{sid}.json")["status"] == "completed")
            case StandIn.NUMBER:
                numbers = self._get("/IncomingPhoneNumbers.json")["incoming_phone_numbers"]
                self._sids[stand_in] = numbers[-1]["sid"]

    def _call(self) -> str:
        call = self._post(
            "/Calls.json", To=PERSON, From=OURS, Twiml="<Response><Pause length='900000'/></Response>"
        )
        wait_for(lambda: self._get(f"/Calls/{call['sid']}.json")["status"] == "in-progress")
        return str(call["sid"])

    def _room(self) -> tuple[str, str]:
        self._rooms += 1
        participants = f"/Conferences/room-{self._rooms}/Participants.json"
        agent = self._post(participants, To="client:eve", From=OURS, Label="eve")
        member = self._post(participants, To=PERSON, From=OURS)
        room = str(agent["conference_sid"])
        wait_for(lambda: len(self._get(f"/Conferences/{room}/Participants.json")["participants"]) == 2)
        return room, str(member["call_sid"])

    def _recording(self) -> str:
        return str(self._post(f"/Calls/{self.sid(StandIn.LIVING_CALL)}/Recordings.json")["sid"])

    def _post(self, path: str, **fields: str) -> dict[str, Any]:
        answer = self._twilio.raw.post(path, data=fields)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._twilio.raw.get(path)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found
