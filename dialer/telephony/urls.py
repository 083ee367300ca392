"""The addresses that the carrier is given. Every one carries the id of the row that it is about.

Status callbacks ask to be retried: by default a 5xx or a slow answer loses one for good.
"""

from uuid import UUID

RETRY = "#rc=3&rp=ct,rt,5xx&rt=5000"
ANSWER_RETRY = "#rc=2&rp=ct,rt,5xx&rt=4000"


class CarrierUrls:
    def __init__(self, public_url: str) -> None:
        self._base = f"{public_url.rstrip('/')}/twilio"

    def call_answer(self, attempt_id: UUID) -> str:
        return f"{self._base}/attempts/{attempt_id}/answer{ANSWER_RETRY}"

    def call_status(self, attempt_id: UUID) -> str:
        return f"{self._base}/attempts/{attempt_id}/status{RETRY}"

    def call_agent_lost(self, attempt_id: UUID) -> str:
        """The message for a person whose agent's line died."""
        return f"{self._base}/attempts/{attempt_id}/agent-lost{ANSWER_RETRY}"

    def call_machine(self, attempt_id: UUID) -> str:
        """Where the verdict of a detection that goes on while we connect is told."""
        return f"{self._base}/attempts/{attempt_id}/machine{RETRY}"

    def call_voicemail(self, attempt_id: UUID) -> str:
        """The message for a machine."""
        return f"{self._base}/attempts/{attempt_id}/voicemail{ANSWER_RETRY}"

    def call_key_pressed(self, attempt_id: UUID) -> str:
        """A key was pressed while a message was played."""
        return f"{self._base}/attempts/{attempt_id}/key{ANSWER_RETRY}"

    def call_tones(self, attempt_id: UUID, digits: str) -> str:
        """Keypad tones for the person's line; `digits` are 0-9, w, and # and * as h and s."""
        return f"{self._base}/attempts/{attempt_id}/tones/{digits}{ANSWER_RETRY}"

    def call_recording(self, attempt_id: UUID) -> str:
        return f"{self._base}/attempts/{attempt_id}/recording{RETRY}"

    def hold_music(self) -> str:
        return f"{self._base}/hold{ANSWER_RETRY}"

    def inbound(self) -> str:
        """The voice URL of our own numbers."""
        return f"{self._base}/inbound{ANSWER_RETRY}"

    def inbound_status(self) -> str:
        """Where the end of a call to one of our numbers is told."""
        return f"{self._base}/inbound/status{RETRY}"

    def inbound_key_pressed(self) -> str:
        """A key was pressed by a caller whom we know no more of than the number."""
        return f"{self._base}/inbound/key{ANSWER_RETRY}"

    def agent_answer(self, session_id: UUID) -> str:
        return f"{self._base}/sessions/{session_id}/answer{ANSWER_RETRY}"

    def agent_key_pressed(self, session_id: UUID) -> str:
        """A key was pressed at the agent's own telephone: she is there, and no voicemail."""
        return f"{self._base}/sessions/{session_id}/key{ANSWER_RETRY}"

    def agent_status(self, session_id: UUID) -> str:
        return f"{self._base}/sessions/{session_id}/status{RETRY}"

    def room_events(self, session_id: UUID) -> str:
        return f"{self._base}/sessions/{session_id}/room{RETRY}"

    def leg_answer(self, leg_id: UUID) -> str:
        return f"{self._base}/legs/{leg_id}/answer{ANSWER_RETRY}"

    def leg_status(self, leg_id: UUID) -> str:
        return f"{self._base}/legs/{leg_id}/status{RETRY}"

    def call_passed_on(self, attempt_id: UUID, from_id: UUID, to_id: UUID) -> str:
        """Where the person goes who is passed on from one agent's session to another's."""
        return f"{self._base}/attempts/{attempt_id}/passed-on/{from_id}/{to_id}{ANSWER_RETRY}"

    def leg_person(self, leg_id: UUID) -> str:
        """Where the person goes who is handed on to the leg."""
        return f"{self._base}/legs/{leg_id}/person{ANSWER_RETRY}"
