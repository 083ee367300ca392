"""The addresses that the carrier is given. Every one carries the id of the row that it is about.

Status callbacks ask to be retried: by default a 5xx or a slow answer loses one for good.
"""

from uuid import UUID

RETRY = "#rc=3&rp=ct,rt,5xx&rt=5000"
ANSWER_RETRY = "#rc=2&rp=ct,rt,5xx&rt=4000"


class CarrierUrls:
    def __init__(self, public_url: str) -> None:
        self._base = public_url.rstrip("/")

    def call_answer(self, attempt_id: UUID) -> str:
        return f"{self._base}/twilio/attempts/{attempt_id}/answer{ANSWER_RETRY}"

    def call_status(self, attempt_id: UUID) -> str:
        return f"{self._base}/twilio/attempts/{attempt_id}/status{RETRY}"

    def agent_answer(self, session_id: UUID) -> str:
        return f"{self._base}/twilio/sessions/{session_id}/answer{ANSWER_RETRY}"

    def agent_status(self, session_id: UUID) -> str:
        return f"{self._base}/twilio/sessions/{session_id}/status{RETRY}"

    def room_events(self, session_id: UUID) -> str:
        return f"{self._base}/twilio/sessions/{session_id}/room{RETRY}"
