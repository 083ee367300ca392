"""What somebody in a room hears besides the others: music while waiting or on hold, and announcements.
Their documents may hold Say, Play, Pause and Redirect; any other verb makes them fail (13238)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from dialer.sandbox.calls import Call
from dialer.sandbox.conferences import Conference, Participant
from dialer.sandbox.ids import new_sid
from dialer.sandbox.interpreter import Goto, Interpreter
from dialer.sandbox.twiml import Document, Source

VERBS_HEARD = frozenset({"Say", "Play", "Pause", "Redirect"})
FORBIDDEN_VERB = 13238
SHORTEST_ROUND_SECONDS = 1.0
ENDED, FAILED = "announcement-end", "announcement-fail"


async def ask(
    interpreter: Interpreter, call: Call | None, source: Source, fields: Mapping[str, str]
) -> Document | None:
    """The document, or None, with the reason in the debugger."""
    call_sid = call.sid if call else None
    common = interpreter.progress.fields(call) if call else {}
    document = await interpreter.fetcher.fetch(call_sid, source, {**common, **fields})
    verbs = document.verbs if document else []
    forbidden = next((verb.tag for verb in verbs if verb.tag not in VERBS_HEARD), None)
    if forbidden is None:
        return document
    message = f"Dial->Conference: {forbidden} is not allowed in the TwiML of waitUrl, holdUrl or announceUrl"
    interpreter.debugger.note(FORBIDDEN_VERB, message, call_sid=call_sid, url=source.url)
    return None


async def play(interpreter: Interpreter, call: Call, document: Document | None) -> bool:
    """The document and those that it redirects to; False when one of them could not be had."""
    while document is not None:
        began = interpreter.clock.now()
        going = await interpreter.obey(call, document)
        if going is None:
            return True
        if not isinstance(going, Goto):
            return False
        await at_least_a_second(interpreter, began)
        document = await ask(interpreter, call, going.source, going.fields)
    return False


async def at_least_a_second(interpreter: Interpreter, began: datetime) -> None:
    """A document that takes no time is not asked for over and over at once."""
    taken = (interpreter.clock.now() - began).total_seconds()
    if taken < SHORTEST_ROUND_SECONDS:
        await interpreter.clock.sleep(SHORTEST_ROUND_SECONDS - taken)


async def repeat(interpreter: Interpreter, call: Call, source: Source) -> None:
    """Over and over, asked for anew each time; silence once it cannot be had."""
    playing = True
    while playing:
        began = interpreter.clock.now()
        playing = await play(interpreter, call, await ask(interpreter, call, source, {}))
        await at_least_a_second(interpreter, began)


async def may_wait(interpreter: Interpreter, call: Call, source: Source) -> bool:
    """What is played to one who waits, from now on; False if it can't be had, and then nobody joins.
    It is played once: what is to go on has to redirect to itself."""
    document = await ask(interpreter, call, source, {})
    if document is None:
        return False
    call.sound("wait", play(interpreter, call, document))
    return True


def wait(interpreter: Interpreter, participant: Participant, source: Source) -> None:
    """Other music than the participant came in with."""

    async def listen() -> None:
        call = participant.call
        await play(interpreter, call, await ask(interpreter, call, source, {}))

    participant.call.sound("wait", listen())


def hold(interpreter: Interpreter, participant: Participant, source: Source) -> None:
    participant.call.sound("hold", repeat(interpreter, participant.call, source))


def announce(
    interpreter: Interpreter, conference: Conference, participant: Participant, source: Source
) -> None:
    """To one participant alone; it is over without a word when that one leaves first."""

    async def tell() -> None:
        document = await ask(interpreter, participant.call, source, {})
        heard = await play(interpreter, participant.call, document)
        close(interpreter, conference, participant, source, heard)

    participant.call.sound(new_sid("announcement"), tell())


def announce_to_all(interpreter: Interpreter, conference: Conference, source: Source) -> None:
    async def tell() -> None:
        fields = interpreter.conferences.fields(conference)
        document = await ask(interpreter, None, source, fields)
        playing = [
            member.call.sound(new_sid("announcement"), play(interpreter, member.call, document))
            for member in conference.joined
        ]
        heard = await asyncio.gather(*playing, return_exceptions=True)
        close(interpreter, conference, None, source, document is not None and False not in heard)

    conference.play(tell())


def close(
    interpreter: Interpreter,
    conference: Conference,
    participant: Participant | None,
    source: Source,
    heard: bool,
) -> None:
    fields = {"AnnounceUrl": source.url}
    if not heard:
        fields["ReasonAnnouncementFailed"] = "The announcement could not be fetched or played"
    interpreter.conferences.tell(conference, ENDED if heard else FAILED, participant, fields)
