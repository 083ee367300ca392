"""Answering machine detection: how long it listens, what it concludes, and who is told."""

from dataclasses import dataclass

from dialer.sandbox.calls import Call, Script
from dialer.sandbox.clock import Clock
from dialer.sandbox.debugger import Debugger
from dialer.sandbox.delivery import About
from dialer.sandbox.errors import TwilioError
from dialer.sandbox.faults import Faults
from dialer.sandbox.forms import Form
from dialer.sandbox.people import VERDICTS, Behaviour, Person
from dialer.sandbox.webhooks import Webhooks

HUMAN_SECONDS = 1.0
"""How long a person's "hello" lasts; silence after it makes the verdict."""
LATE_SECONDS = 60.0
"""What the fault adds: by then the call is mostly over, and the verdict comes all the same."""
BEEP_SHARE, SILENCE_SHARE = 0.7, 0.2


@dataclass(frozen=True, slots=True)
class Detection:
    """The request's MachineDetection fields, in seconds. Without a URL an async verdict is only kept."""

    message_end: bool
    is_async: bool = False
    url: str | None = None
    method: str = "POST"
    timeout: float = 30.0
    speech_threshold: float = 2.4
    speech_end_threshold: float = 1.2
    silence_timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    answered_by: str
    seconds: float


def verdict_on(person: Person, detection: Detection) -> Verdict:
    """What is heard is scripted, or drawn: detection errs, and takes its time."""
    heard = person.answered_by or heard_as(person)
    if heard == "machine":
        heard = message_end(person) if detection.message_end else "machine_start"
    if heard.startswith("machine_end"):
        seconds = detection.speech_threshold + person.greeting_seconds
        late = "machine_end_other"
    else:
        seconds = {
            "machine_start": detection.speech_threshold + 0.5,
            "unknown": detection.silence_timeout,
        }.get(heard, HUMAN_SECONDS + detection.speech_end_threshold)
        late = "unknown"
    if seconds > detection.timeout:
        return Verdict(late, detection.timeout)
    return Verdict(heard, seconds)


def heard_as(person: Person) -> str:
    share = person.detection_share
    for heard, part in VERDICTS["machine" if person.behaviour is Behaviour.MACHINE else "human"].items():
        if share < part:
            return heard
        share -= part
    return "unknown"


def message_end(person: Person) -> str:
    """Machines end in a beep, in silence, or in neither."""
    if person.greeting_share < BEEP_SHARE:
        return "machine_end_beep"
    return (
        "machine_end_silence" if person.greeting_share < BEEP_SHARE + SILENCE_SHARE else "machine_end_other"
    )


class Detector:
    def __init__(
        self, account_sid: str, clock: Clock, webhooks: Webhooks, debugger: Debugger, faults: Faults
    ) -> None:
        self._account_sid = account_sid
        self._clock = clock
        self._webhooks = webhooks
        self._debugger = debugger
        self._faults = faults

    async def listen(self, call: Call, detection: Detection | None) -> dict[str, str]:
        """Waits for the verdict if it is to come before the TwiML; the fields that it adds to the request."""
        if detection is None or call.person.behaviour is Behaviour.CLIENT:
            return {}
        verdict = verdict_on(call.person, detection)
        if not detection.is_async:
            await self._clock.sleep(verdict.seconds)
            call.answered_by = verdict.answered_by
            return {"AnsweredBy": verdict.answered_by}
        if self._faults.hits("verdict_late", call.key, call.order.to):
            late = verdict.seconds + LATE_SECONDS
            self._clock.call_later(late, lambda: self._tell(call, detection, verdict))
        else:
            call.timers["detection"] = self._clock.call_later(
                verdict.seconds, lambda: self._tell(call, detection, verdict)
            )
        return {}

    def while_running(self, detection: Detection | None, script: Script) -> Script:
        """The script, with a detection beside it that never holds it up."""

        async def listen_and_follow(call: Call) -> None:
            await self.listen(call, detection)
            await script(call)

        return listen_and_follow if detection else script

    def _tell(self, call: Call, detection: Detection, verdict: Verdict) -> None:
        call.answered_by = verdict.answered_by
        if detection.url is None:
            self._debugger.note(21262, "Async AMD has no callback URL", call_sid=call.sid)
            return
        fields = {
            "CallSid": call.sid,
            "AccountSid": self._account_sid,
            "AnsweredBy": verdict.answered_by,
            "MachineDetectionDuration": str(round(verdict.seconds * 1000)),
        }
        about = About("amd", f"{call.key}:amd", call.sid, call.order.to)
        self._webhooks.notify(about, detection.url, fields, method=detection.method)


def detection_of(form: Form, callback: str, *, always_async: bool = False) -> Detection | None:
    """The fields of a request; `callback` is AsyncAmdStatusCallback or AmdStatusCallback."""
    mode = form.text("MachineDetection")
    if not mode:
        return None
    if mode not in ("Enable", "DetectMessageEnd"):
        raise refused("MachineDetection", mode)
    asynchronous = form.text("AsyncAmd", "false")
    if asynchronous not in ("true", "false"):
        raise refused("AsyncAmd", asynchronous)
    return Detection(
        message_end=mode == "DetectMessageEnd",
        is_async=always_async or asynchronous == "true",
        url=form.url(callback, 21609),
        method=form.method(f"{callback}Method"),
        timeout=amount(form, "Timeout", 30, 3, 59),
        speech_threshold=amount(form, "SpeechThreshold", 2400, 1000, 6000) / 1000,
        speech_end_threshold=amount(form, "SpeechEndThreshold", 1200, 500, 5000) / 1000,
        silence_timeout=amount(form, "SilenceTimeout", 5000, 2000, 10_000) / 1000,
    )


def amount(form: Form, name: str, default: int, low: int, high: int) -> int:
    name = f"MachineDetection{name}"
    return form.number(name, default, low, high, lambda text: refused(name, text))


def refused(name: str, value: str) -> TwilioError:
    return TwilioError(21234, f"Invalid value for {name}: {value}")
