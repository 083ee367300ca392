"""The account's own numbers: what was listed, how long it proves anything, and where calls go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from dialer.services import account_numbers
from dialer.store import caller_ids
from dialer.telephony.port import OwnedNumber
from dialer.telephony.urls import CarrierUrls
from tests.factories import own, sid

FIRST, SECOND, THIRD = "+13125550100", "+16175550100", "+13055550100"
URLS = CarrierUrls("https://calls.example")


def listed(*phones: str) -> Sequence[OwnedNumber]:
    return [OwnedNumber(sid("PN"), phone, "") for phone in phones]


def test_the_list_is_replaced_by_the_next_one(session: Session, now: datetime) -> None:
    account_numbers.record(session, listed(FIRST, SECOND), now)
    account_numbers.record(session, listed(SECOND, THIRD), now + timedelta(minutes=10))
    assert [row.phone for row in caller_ids.account_numbers(session)] == [THIRD, SECOND]
    account_numbers.record(session, listed(FIRST), now)
    session.expire_all()
    seen = {row.phone: row.seen_at for row in caller_ids.account_numbers(session)}
    assert seen[SECOND] == now + timedelta(minutes=10), "an answer that comes late takes nothing away"
    account_numbers.record(session, [], now + timedelta(minutes=20))
    assert caller_ids.account_numbers(session) == []


def test_only_a_list_younger_than_a_day_proves_a_number_ours(session: Session, now: datetime) -> None:
    nothing = account_numbers.own_numbers(session, now)
    assert "Twilio has not listed any number of the account" in str(nothing.refusal(FIRST))
    own(session, now, FIRST)
    almost_a_day = account_numbers.own_numbers(session, now + timedelta(hours=23, minutes=59))
    assert almost_a_day.refusal(FIRST) is None
    assert almost_a_day.refusal(SECOND) == (
        f"{SECOND} is not one of the account's numbers at Twilio. It has {FIRST}"
    )
    a_day = account_numbers.own_numbers(session, now + timedelta(days=1))
    for phone in (FIRST, SECOND):
        assert "Twilio has not been reached for more than a day" in str(a_day.refusal(phone))


def test_the_refusal_names_some_numbers_to_take_instead(session: Session, now: datetime) -> None:
    own(session, now, FIRST, SECOND, THIRD, "+14155550100")
    refusal = account_numbers.own_numbers(session, now).refusal("+12125550177")
    assert str(refusal).endswith(f"It has {THIRD}, {FIRST}, +14155550100, …")


class AtCarrier:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    def owned(self) -> Sequence[OwnedNumber]:
        return ()

    def send_calls_to(self, number_sid: str, voice_url: str, status_url: str) -> None:
        self.sent.append((number_sid, voice_url, status_url))


def test_calls_to_numbers_that_are_shown_and_go_elsewhere_are_sent_here() -> None:
    here, told = URLS.inbound(), URLS.inbound_status()
    elsewhere = OwnedNumber(sid("PN"), FIRST, "https://demo.example/", told)
    untold = OwnedNumber(sid("PN"), SECOND, here)
    right, unused = OwnedNumber(sid("PN"), THIRD, here, told), OwnedNumber(sid("PN"), "+12125550177", "")
    at_carrier = AtCarrier()
    owned = [elsewhere, untold, right, unused]
    assert account_numbers.send_calls(at_carrier, owned, {FIRST, SECOND, THIRD}, URLS) == [elsewhere, untold]
    assert at_carrier.sent == [(one.sid, here, told) for one in (elsewhere, untold)]
