"""Who works and calls in a storm: agents who do everything that their desk offers, supervisors who listen,
whisper and take over, people who call back. What each does is drawn."""

import re
from typing import Any

from dialer.demo.robots import DeskReader, Robot

CALL_BACK_EVERY_SECONDS = 3.0
SUPERVISE_EVERY_SECONDS = 1.0
"""Real ones."""
OUTSIDE_NUMBERS = ("+19195550101", "+19195550117", "+19195550142")
"""On no call list."""
ON_FLOOR = re.compile(r"/supervisor/floor/agents/([0-9a-f-]{36})/(supervise|stop)")
TARGET = re.compile(r'name="to" value="((?:agent|team|person):[^"]+)"')


class Person(Robot):
    def _tell(self, path: str, **form: Any) -> None:
        """For answers that are no desk; that the call is over by now is no news."""
        headers = {"X-CSRF-Token": self._csrf, "HX-Request": "true"}
        answer = self._http.post(path, data=form, headers=headers)
        if answer.status_code not in (404, 409, 422):
            answer.raise_for_status()


class Agent(Person):
    """Does with most calls what can be done with a call, before or instead of asking the questions."""

    look_again_seconds = 3.0

    def _talk(self, desk: DeskReader) -> DeskReader:
        attempt_id = desk.attempt_id
        if self._hears_machine(desk.phone):
            if self._draw.random() < 0.6:
                self._pause(2)
                return self._send("/desk/voicemail", attempt_id=attempt_id)
            return super()._talk(desk)
        for deed in self._draw.sample((self._hold, self._mute, self._tones, self._recording), 2):
            if self._draw.random() < 0.5:
                deed(attempt_id)
        if self._going_home.is_set() or self._draw.random() < 0.6:
            return super()._talk(self._look())
        return self._draw.choice((self._pass_on, self._pass_on, self._hang_up))(attempt_id)

    def _hold(self, attempt_id: str) -> None:
        self._send("/desk/hold", attempt_id=attempt_id, on="true")
        self._pause(self._draw.uniform(2, 20))
        self._send("/desk/hold", attempt_id=attempt_id, on="false")

    def _mute(self, attempt_id: str) -> None:
        self._send("/desk/mute", on="true")
        self._pause(self._draw.uniform(1, 10))
        self._send("/desk/mute", on="false")

    def _tones(self, attempt_id: str) -> None:
        self._tell("/desk/tones", attempt_id=attempt_id, digits="12#")

    def _recording(self, attempt_id: str) -> None:
        self._send("/desk/recording/agreed", attempt_id=attempt_id)
        self._send("/desk/recording/pause", attempt_id=attempt_id)
        self._pause(5)
        self._send("/desk/recording/resume", attempt_id=attempt_id)

    def _hang_up(self, attempt_id: str) -> DeskReader:
        return self._send("/desk/hangup", attempt_id=attempt_id)

    def _pass_on(self, attempt_id: str) -> DeskReader:
        """To a colleague, somebody of the house, or an outside number; at once, or with a word first."""
        targets = TARGET.findall(self._http.get("/desk/transfer").text)
        way = self._draw.choice(("now", "talk"))
        to = {"to": self._draw.choice([*targets, "number:"]), "number": self._draw.choice(OUTSIDE_NUMBERS)}
        desk = self._send("/desk/transfer", attempt_id=attempt_id, way=way, **to)
        if way == "talk":
            self._pause(self._draw.uniform(5, 25))
            end = self._draw.choice(("leave", "leave", "back"))
            desk = self._send(f"/desk/transfer/{end}", attempt_id=attempt_id)
        return desk


class Supervisor(Person):
    def _shift(self) -> None:
        if not self._csrf:
            self._sign_in()
        while not self._killed.is_set() and not self._going_home.is_set():
            self._killed.wait(SUPERVISE_EVERY_SECONDS)
            offered = self._offered()
            if offered:
                self._supervise(*self._draw.choice(offered))
        for session_id, what in self._offered():
            if what == "stop":
                self._tell(f"/supervisor/floor/agents/{session_id}/stop")

    def _offered(self) -> list[tuple[str, str]]:
        page = self._http.get("/supervisor/floor/live")
        page.raise_for_status()
        return ON_FLOOR.findall(page.text)

    def _supervise(self, session_id: str, what: str) -> None:
        address = f"/supervisor/floor/agents/{session_id}"
        if what == "stop":
            self._tell(f"{address}/stop")
        elif self._draw.random() < 0.1:
            self._tell(f"{address}/take-over")
        else:
            self._tell(f"{address}/supervise", how=self._draw.choice(("listen", "whisper", "barge")))


class CallsBack(Person):
    """Everybody who was called, and calls the number that he saw."""

    def _shift(self) -> None:
        while not self._killed.is_set() and not self._going_home.wait(CALL_BACK_EVERY_SECONDS):
            calls = self._sandbox.get("/sandbox/calls", params={"limit": 200}).json()
            over = [call for call in calls if call["direction"] == "outbound-api" and call["ended_at"]]
            people = [call for call in over if call["to"].startswith("+") and call["from"].startswith("+")]
            if people:
                call = self._draw.choice(people)
                caller = {"from": call["to"], "to": call["from"]}
                self._sandbox.post("/sandbox/inbound", json=caller).raise_for_status()
