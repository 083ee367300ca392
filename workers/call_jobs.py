"""The jobs of call control: legs; hold, mute and keypad tones; people sent from room to room.

As in `jobs.py`: the row is read in one transaction, the carrier asked outside any, and what it said
recorded in a second one.
"""

from collections.abc import Callable
from uuid import UUID

from dialer.core.clock import get_clock, utc_now
from dialer.core.database import transaction
from dialer.core.log import logger
from dialer.core.outbox import enqueue_after_commit
from dialer.core.queue import Job
from dialer.core.settings import get_settings
from dialer.domain.leg import LegPurpose, LegState
from dialer.services import call_control, colleagues, leg_news, legs, transfer_news, unseen
from dialer.services.sweeper import Patience
from dialer.store import legs as leg_rows
from dialer.store.legs import Leg
from dialer.telephony.port import CarrierUnreachable, Placed, Rooms
from dialer.telephony.urls import CarrierUrls
from workers.jobs import get_carrier
from workers.pace import ask, tokens


def call_leg(leg_id: str) -> None:
    """Ask the carrier, once. A crash between the two transactions leaves the leg in doubt: it is taken
    up by the first webhook that names it, and given up by the sweeper."""
    if not tokens(Job.CALL_LEG, [leg_id], urgent=True):
        return
    with transaction() as guard:
        if leg_rows.try_hold(guard, UUID(leg_id)):
            _call(UUID(leg_id))


def _call(leg_id: UUID) -> None:
    begun_at = utc_now()
    with transaction() as session:
        request = legs.begin_calling(session, leg_id)
    if request is None:
        return
    result = ask(begun_at, lambda: get_carrier().call_leg(request))
    with transaction() as session:
        leg_news.called(session, leg_id, result, utc_now())
    if not isinstance(result, Placed):
        logger.warning("leg_not_placed", leg_id=str(leg_id), result=type(result).__name__)


def end_leg(leg_id: str) -> None:
    """Hang the leg's call up, whatever became of it; an agent's own line is sent home instead. The sweeper
    asks again for what could not be ended."""
    with transaction() as session:
        leg = session.get(Leg, UUID(leg_id))
        sid = leg.call_sid if leg is not None else None
        if leg is not None and leg.line_of is not None:
            leg_news.end(session, leg.id, utc_now())
    if sid is None:
        return
    try:
        get_carrier().hang_up(sid)
    except CarrierUnreachable as error:
        logger.warning("hang_up_failed", leg_id=leg_id, error=str(error))
        return
    with transaction() as session:
        leg_news.hung_up(session, UUID(leg_id), utc_now())


def check_leg(leg_id: str) -> None:
    """Ask the carrier whether the leg's call is still up; one that it does not show for long is hung up
    on."""
    clock = get_clock()
    long_ago = clock.now() - Patience.of_real(clock.span_of_real).never_placed
    with transaction() as session:
        leg = session.get(Leg, UUID(leg_id))
        sid = leg.call_sid if leg is not None and leg.state is not LegState.ENDED else None
        since = unseen.since(session, sid) if sid is not None else None
    if sid is None:
        return
    is_lost = since is not None and since < long_ago
    try:
        facts = get_carrier().fetch_call(sid) or (get_carrier().hang_up(sid) if is_lost else None)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", leg_id=leg_id, error=str(error))
        return
    with transaction() as session:
        if facts is None and not is_lost:
            unseen.noted(session, sid, clock.now())
            return
        unseen.ended(session, sid)
        leg_news.looked_up(session, UUID(leg_id), facts, clock.now())


def apply_hold(attempt_id: str) -> None:
    with transaction() as session:
        wanted = call_control.hold_wanted(session, UUID(attempt_id))
    if wanted is None:
        return
    music = urls().hold_music() if wanted.is_on else None
    done = _reached(lambda rooms: rooms.hold(wanted.room_sid, wanted.call_sid, music), wanted.room_sid)
    with transaction() as session:
        call_control.hold_applied(session, UUID(attempt_id), wanted, done, utc_now())


def apply_mute(session_id: str) -> None:
    with transaction() as session:
        wanted = call_control.mute_wanted(session, UUID(session_id))
    if wanted is None:
        return
    done = _reached(lambda rooms: rooms.mute(wanted.room_sid, wanted.call_sid, wanted.is_on), wanted.room_sid)
    with transaction() as session:
        call_control.mute_applied(session, UUID(session_id), wanted, done, utc_now())


def send_tones(attempt_id: str, in_address: str) -> None:
    with transaction() as session:
        wanted = call_control.tones_wanted(session, UUID(attempt_id), in_address)
    if wanted is None:
        return
    url = urls().call_tones(UUID(attempt_id), wanted.in_address)
    done = _reached(lambda rooms: rooms.announce(wanted.room_sid, wanted.call_sid, url), wanted.room_sid)
    if not done:
        with transaction() as session:
            call_control.tones_failed(session, UUID(attempt_id))


def urls() -> CarrierUrls:
    return CarrierUrls(str(get_settings().public_url))


def _reached(ask: Callable[[Rooms], bool], room_sid: str) -> bool | None:
    """Whether the carrier did it; None where it can't be asked."""
    if not room_sid:
        return None
    try:
        return ask(get_carrier().rooms)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", room=room_sid, error=str(error))
        return None


def pass_on(attempt_id: str, from_id: str, to_id: str) -> None:
    """Send the person from one agent's room to another's, who is reserved for her."""
    ids = UUID(attempt_id), UUID(from_id), UUID(to_id)
    with transaction() as session:
        sid = transfer_news.to_pass_on(session, *ids, utc_now())
    if sid is None or _sent(sid, urls().call_passed_on(*ids)):
        return
    with transaction() as session:
        transfer_news.not_passed_on(session, ids[0], ids[2], utc_now())


def move_leg(leg_id: str) -> None:
    """Send the third party from the agent's room to the leg's own."""
    with transaction() as session:
        leg = session.get(Leg, UUID(leg_id))
        waits = leg is not None and leg.purpose is LegPurpose.HAND_ON and leg.joined_at is None
        sid = leg.call_sid if leg is not None and waits and leg.state is LegState.JOINED else None
    if sid is None or _sent(sid, urls().leg_answer(UUID(leg_id))):
        return
    with transaction() as session:
        leg = leg_news.locked(session, UUID(leg_id))
        if leg is not None:
            transfer_news.not_left(session, leg)


def move_line(leg_id: str) -> None:
    """Send an agent's own line to the room where it belongs; the sweeper tries again what was not done."""
    with transaction() as session:
        line = colleagues.line_to_move(session, UUID(leg_id), utc_now())
    if line is not None and not _sent(line[1], urls().agent_answer(line[0])):
        with transaction() as session:
            enqueue_after_commit(session, Job.CHECK_LINE, str(line[0]))


def hand_on(leg_id: str) -> None:
    """Send the person to the leg's room; the sweeper tries again what could not be done."""
    with transaction() as session:
        sid = transfer_news.to_hand_on(session, UUID(leg_id))
    if sid is not None:
        _sent(sid, urls().leg_person(UUID(leg_id)))


def _sent(call_sid: str, url: str) -> bool:
    try:
        return get_carrier().redirect(call_sid, url)
    except CarrierUnreachable as error:
        logger.warning("carrier_unreachable", call_sid=call_sid, error=str(error))
        return False
