"""Robot agents: they sign in, wait for the page to change, talk, answer the script's questions and
choose a disposition, through the same pages and forms as people.

What they can't do is hear, so they ask the sandbox whether a person or a machine is on the line.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from threading import Event, Thread
from typing import Any

import httpx

from dialer.core.log import logger

DISPOSITIONS = {
    "lead": 0.28,
    "callback": 0.08,
    "not_interested": 0.28,
    "not_now": 0.12,
    "do_not_call": 0.05,
    "wrong_number": 0.04,
    "hung_up": 0.15,
}
WRAP_UP_SECONDS = (3.0, 18.0)
MACHINE_HEARD_SECONDS = 6.0
QUESTION_EVERY_SECONDS = 15.0
LINE_AGAIN_SECONDS = 5.0
SIGN_IN_SECONDS = 60
LOOK_AGAIN_SECONDS = 1.0
"""Real seconds; the page is looked at so often even where nobody says that something is new."""


@dataclass
class Question:
    key: str
    means: str
    values: list[str] = field(default_factory=list)
    kind: str = ""


class DeskReader(HTMLParser):
    """What a robot reads off the desk: state, call, phone and the questions with their choices."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.state = ""
        self.attempt_id = ""
        self.phone = ""
        self.now = ""
        self.questions: list[Question] = []
        self.campaigns: list[str] = []
        self.reasons: list[str] = []
        self._in_reasons = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("id") == "desk":
            self.state, self.attempt_id = given["data-state"], given["data-attempt"]
            self.phone, self.now = given.get("data-phone", ""), given["data-now"]
        if "data-question" in given:
            self.questions.append(Question(given["data-question"], given.get("data-means", "")))
        if tag in ("input", "textarea") and given.get("name", "").startswith("q-") and self.questions:
            question = self.questions[-1]
            question.kind = given.get("type", tag)
            if question.kind in ("radio", "checkbox"):
                question.values.append(given["value"])
        if given.get("name") == "campaign_id":
            self.campaigns.append(given["value"])
        if tag == "select":
            self._in_reasons = given.get("name") == "reason"
        if tag == "option" and self._in_reasons and given.get("value"):
            self.reasons.append(given["value"])


class Robot:
    look_again_seconds = LOOK_AGAIN_SECONDS

    def __init__(
        self, base_url: str, sandbox_url: str, username: str, password: str, speed: float, seed: int
    ) -> None:
        self._http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=10, trust_env=False)
        self._sandbox = httpx.Client(base_url=sandbox_url, timeout=5, trust_env=False)
        self._username, self._password = username, password
        self._speed = speed
        self._draw = random.Random(f"{seed}:{username}")  # noqa: S311 - a robot's mood is no secret
        self._csrf = ""
        self._going_home = Event()
        self._killed = Event()
        self.thread = Thread(target=self._work, name=username, daemon=True)

    def go_home(self) -> None:
        """Finish the call that is up and sign off."""
        self._going_home.set()

    def kill(self) -> None:
        self._killed.set()

    def _work(self) -> None:
        with self._http, self._sandbox:
            while not self._killed.is_set():
                try:
                    self._shift()
                    return
                except (httpx.HTTPError, ConnectionError) as error:
                    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code in (401, 403):
                        self._csrf = ""
                    logger.info("robot_tries_again", robot=self._username, error=type(error).__name__)
                    self._killed.wait(0.5)

    def _shift(self) -> None:
        if not self._csrf:
            self._sign_in()
        desk = self._look()
        if desk.state == "offline":
            if self._going_home.is_set() or not desk.campaigns:
                return
            desk = self._send("/desk/start", campaign_id=self._draw.choice(desk.campaigns))
        while not self._killed.is_set():
            desk = self._act(desk)
            if desk.state == "offline":
                return
            self._wait_for_change(desk)
            desk = self._look()

    def _act(self, desk: DeskReader) -> DeskReader:
        """What to do with the page as it is; the page that came of it."""
        if self._going_home.is_set() and desk.state in ("ready", "paused", "line_lost", "connecting"):
            return self._send("/desk/stop")
        match desk.state:
            case "paused":
                return self._send("/desk/ready")
            case "line_lost":
                self._killed.wait(LINE_AGAIN_SECONDS)
                return self._send("/desk/ready")
            case "preview":
                return self._send("/desk/dial")
            case "on_call":
                return self._talk(desk)
            case "wrap_up":
                self._pause(self._draw.uniform(*WRAP_UP_SECONDS))
                return self._conclude(desk)
            case _:
                return desk

    def _talk(self, desk: DeskReader) -> DeskReader:
        """Ask the questions one by one while the person is on the line."""
        attempt_id = desk.attempt_id
        if self._hears_machine(desk.phone):
            self._pause(MACHINE_HEARD_SECONDS)
            return self._conclude(desk, "agent_machine")
        for question in desk.questions:
            self._pause(QUESTION_EVERY_SECONDS)
            now = self._look()
            if now.attempt_id != attempt_id or now.state != "on_call" or self._going_home.is_set():
                break
            self._answer(desk.attempt_id, question)
        now = self._look()
        if self._going_home.is_set() and now.attempt_id == attempt_id:
            return self._conclude(now)
        return now

    def _answer(self, attempt_id: str, question: Question) -> None:
        match question.kind:
            case "radio" | "checkbox":
                value = self._draw.choice(question.values)
            case "date":
                value = "2027-03-01"
            case _:
                value = str(self._draw.randrange(1, 40) * 50)
        reply = self._http.post(
            "/desk/answers",
            data={"attempt_id": attempt_id, "key": question.key, "value": value},
            headers={"X-CSRF-Token": self._csrf},
        )
        if reply.status_code not in (204, 409, 422):
            reply.raise_for_status()

    def _conclude(self, desk: DeskReader, code: str | None = None) -> DeskReader:
        code = code or self._draw.choices(list(DISPOSITIONS), list(DISPOSITIONS.values()))[0]
        form: dict[str, Any] = {
            "attempt_id": desk.attempt_id,
            "disposition": code,
            "notes": "Noted by a robot.",
        }
        if code == "not_interested":
            form["reason"] = self._draw.choice(desk.reasons)
        if code == "callback":
            tomorrow = datetime.fromisoformat(desk.now).date() + timedelta(days=1)
            form |= {"callback_at": f"{tomorrow}T11:00", "callback_scope": "anyone"}
        return self._send("/desk/disposition", **form)

    def _hears_machine(self, phone: str) -> bool:
        calls = self._sandbox.get("/sandbox/calls", params={"to": phone}).json()
        return bool(calls) and calls[-1]["behaviour"] == "machine"

    def _wait_for_change(self, desk: DeskReader) -> None:
        """Listen to the page's live events until one says that something is new."""
        for event in self._events():
            if self._killed.is_set() or self._going_home.is_set():
                return
            if event == "ping" or not event:
                continue
            now = self._look()
            if (now.state, now.attempt_id) != (desk.state, desk.attempt_id):
                return

    def _events(self) -> Iterator[str]:
        timeout = httpx.Timeout(10, read=self.look_again_seconds)
        try:
            with self._http.stream("GET", "/desk/events", timeout=timeout) as stream:
                for line in stream.iter_lines():
                    if line.startswith("event: "):
                        yield line.removeprefix("event: ")
        except httpx.ReadTimeout:
            yield "state"

    def _sign_in(self) -> None:
        token = _csrf(self._http.get("/sign-in").text)
        form = {"csrf_token": token, "username": self._username, "password": self._password}
        page = self._http.post("/sign-in", data=form, timeout=SIGN_IN_SECONDS)
        page.raise_for_status()
        self._csrf = _csrf(page.text)

    def _look(self) -> DeskReader:
        page = self._http.get("/desk/state")
        page.raise_for_status()
        return DeskReader(page.text)

    def _send(self, path: str, **form: Any) -> DeskReader:
        page = self._http.post(path, data=form, headers={"X-CSRF-Token": self._csrf, "HX-Request": "true"})
        if page.status_code in (200, 422):
            return DeskReader(page.text)
        if page.status_code in (404, 409):
            return self._look()
        page.raise_for_status()
        raise ConnectionError(f"{path} answered {page.status_code}")

    def _pause(self, seconds: float) -> None:
        self._killed.wait(seconds / self._speed)


def _csrf(html: str) -> str:
    found = _Meta(html).token
    if not found:
        raise ConnectionError("the page has no CSRF token")
    return found


class _Meta(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.token = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "csrf-token":
            self.token = given.get("content") or ""
