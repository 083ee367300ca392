"""What is heard in a room: announcements, music on hold and while waiting."""

from datetime import datetime

import pytest

from tests.sandbox.rooms import joined, room_of
from tests.sandbox.servers import OURS, Answer, Customer, Twilio, wait_for
from tests.sandbox.test_webhooks import is_signed

ANA = "+13125550142"


def test_an_announcement_to_one_participant(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    person = joined(twilio, customer, ANA)
    url = customer.says("/keys", "<Say>one moment</Say><Play digits='12w3'/><Pause/>")
    room_of(twilio).participants(person.sid or "").update(announce_url=url)
    [end] = customer.wait("/room", StatusCallbackEvent="announcement-end")
    assert (end["CallSid"], end["AnnounceUrl"]) == (person.sid, url)
    [asked] = customer.at("/keys")
    assert (asked.method, asked["CallSid"]) == ("POST", person.sid)
    assert is_signed(asked, twilio)
    assert twilio.account(person.sid)["digits_heard"] == "123"
    assert twilio.account(agent.sid)["digits_heard"] == ""


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer("<Response><Gather/></Response>"), 13238),
        (Answer(status=404), 11200),
        (Answer("<Response>"), 12100),
    ],
)
def test_an_announcement_that_fails(twilio: Twilio, customer: Customer, answer: Answer, code: int) -> None:
    agent = joined(twilio, customer, "client:eve")
    customer.answers["/words"] = answer
    room_of(twilio).participants(agent.sid or "").update(announce_url=customer.url + "/words")
    [failed] = customer.wait("/room", StatusCallbackEvent="announcement-fail")
    assert failed["CallSid"] == agent.sid
    assert failed["ReasonAnnouncementFailed"]
    assert twilio.codes() == [code]
    assert twilio.status(agent.sid) == "in-progress"


def test_an_announcement_to_the_room(twilio: Twilio, customer: Customer) -> None:
    calls = [joined(twilio, customer, to) for to in ("client:eve", ANA)]
    url = customer.says("/all", "<Play digits='7'/><Redirect>/more</Redirect>")
    customer.says("/more", "<Play digits='8'/>")
    room_of(twilio).update(announce_url=url, announce_method="GET")
    [end] = customer.wait("/room", StatusCallbackEvent="announcement-end")
    assert end.get("CallSid") is None
    [asked] = customer.at("/all")
    assert (asked.method, asked["FriendlyName"]) == ("GET", "hall")
    assert [twilio.account(call.sid)["digits_heard"] for call in calls] == ["78", "78"]


def test_an_announcement_stops_when_its_hearer_leaves(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve")
    person = joined(twilio, customer, ANA)
    url = customer.says("/long", "<Play digits='1'/><Pause length='6000'/><Play digits='2'/>")
    room_of(twilio).participants(person.sid or "").update(announce_url=url)
    wait_for(lambda: twilio.account(person.sid)["digits_heard"])
    person.update(twiml="<Response><Pause length='6000'/></Response>")
    customer.wait("/room", StatusCallbackEvent="participant-leave")
    assert customer.at("/room", StatusCallbackEvent="announcement-end") == []
    assert twilio.account(person.sid)["digits_heard"] == "1"


def test_music_on_hold_goes_round_until_it_is_over(twilio: Twilio, customer: Customer) -> None:
    person = joined(twilio, customer, ANA)
    joined(twilio, customer, "client:eve")
    url = customer.says("/hold", "<Play digits='5'/>")
    member = room_of(twilio).participants(person.sid or "")
    member.update(hold=True, hold_url=url)
    asked = customer.wait("/hold", 3)
    assert {(one.method, one["CallSid"]) for one in asked} == {("GET", person.sid)}
    member.update(hold=False)
    heard = twilio.account(person.sid)["digits_heard"]
    assert len(heard) >= 2
    customer.says("/words", "<Pause/>")
    member.update(announce_url=customer.url + "/words")
    customer.wait("/room", StatusCallbackEvent="announcement-end")
    assert twilio.account(person.sid)["digits_heard"] == heard


def test_empty_music_is_asked_for_once_a_second(twilio: Twilio, customer: Customer) -> None:
    person = joined(twilio, customer, ANA)
    joined(twilio, customer, "client:eve")
    url = customer.says("/hold", "")
    began = datetime.fromisoformat(twilio.state()["now"])
    room_of(twilio).participants(person.sid or "").update(hold=True, hold_url=url, hold_method="POST")
    rounds = len(customer.wait("/hold", 5))
    elapsed = datetime.fromisoformat(twilio.state()["now"]) - began
    assert elapsed.total_seconds() >= rounds - 1


def test_holding_without_music_asks_nobody(twilio: Twilio, customer: Customer) -> None:
    person = joined(twilio, customer, ANA)
    joined(twilio, customer, "client:eve")
    assert room_of(twilio).participants(person.sid or "").update(hold=True).hold is True
    customer.wait("/room", StatusCallbackEvent="participant-hold")
    assert {heard.path for heard in customer.heard} == {"/room"}


def test_music_while_waiting_ends_when_the_room_starts(twilio: Twilio, customer: Customer) -> None:
    url = customer.says("/music", "<Play digits='4'/><Redirect>/music</Redirect>")
    agent = joined(twilio, customer, "client:eve", waitUrl=url)
    customer.wait("/music", 3)
    joined(twilio, customer, ANA, waitUrl="")
    heard = twilio.account(agent.sid)["digits_heard"]
    assert len(heard) >= 2
    customer.says("/words", "<Pause length='5'/>")
    room_of(twilio).update(announce_url=customer.url + "/words")
    customer.wait("/room", StatusCallbackEvent="announcement-end")
    assert twilio.account(agent.sid)["digits_heard"] == heard


def test_music_that_does_not_redirect_is_played_once(twilio: Twilio, customer: Customer) -> None:
    url = customer.says("/music", "<Play digits='4'/>")
    agent = joined(twilio, customer, "client:eve", waitUrl=url)
    customer.says("/words", "<Pause length='5'/>")
    room_of(twilio).participants(agent.sid or "").update(announce_url=customer.url + "/words")
    customer.wait("/room", StatusCallbackEvent="announcement-end")
    assert twilio.account(agent.sid)["digits_heard"] == "4"
    assert len(customer.at("/music")) == 1


def test_one_who_is_not_let_in_hears_no_music(twilio: Twilio, customer: Customer) -> None:
    url = customer.says("/music", "<Play digits='4'/><Redirect>/music</Redirect>")
    noun = f"<Conference participantLabel='a/b' waitUrl='{url}'>hall</Conference>"
    customer.says("/after", "<Pause length='30'/><Redirect>/later</Redirect>")
    customer.says("/later", "<Pause length='6000'/>")
    dial = f"<Dial action='{customer.url}/after'>{noun}</Dial>"
    call = twilio.dial("client:eve", twiml=f"<Response>{dial}</Response>")
    [after] = customer.wait("/after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("failed", "false")
    heard = twilio.account(call.sid)["digits_heard"]
    customer.wait("/later")
    assert twilio.account(call.sid)["digits_heard"] == heard
    assert twilio.state()["conferences"] == []


def test_a_room_outlives_one_who_could_not_come_in(twilio: Twilio, customer: Customer) -> None:
    customer.answers["/slow"] = Answer(delay_seconds=0.3)
    noun = f"<Conference waitUrl='{customer.url}/{{}}'>hall</Conference>"
    slow = twilio.dial("client:eve", twiml=f"<Response><Dial>{noun.format('slow')}</Dial></Response>")
    customer.wait("/slow")
    customer.says("/bad", "<Dial/>")
    refused = twilio.dial("client:boss", twiml=f"<Response><Dial>{noun.format('bad')}</Dial></Response>")
    twilio.wait_status(refused, "completed")
    wait_for(lambda: [one for one in twilio.state()["conferences"] if one["participants"] == [slow.sid]])
    assert len(twilio.client.conferences.list()) == 1


def test_a_dialled_participant_hears_music_while_waiting(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=0, patience_seconds=6000)
    create = twilio.client.conferences("hall").participants.create
    url = customer.says("/music", "<Play digits='4'/>")
    waiting = create(from_=OURS, to=ANA, wait_url=url, wait_method="GET")
    wait_for(lambda: twilio.account(waiting.call_sid)["digits_heard"] == "4")
    url = customer.says("/other", "<Play digits='6'/>")
    twilio.client.conferences("hall").participants(waiting.call_sid or "").update(wait_url=url)
    wait_for(lambda: twilio.account(waiting.call_sid)["digits_heard"] == "46")
    url = customer.says("/bad", "<Dial/>")
    refused = create(from_=OURS, to="client:eve", wait_url=url)
    wait_for(lambda: twilio.status(refused.call_sid) == "completed")
    assert twilio.codes() == [13238]


def test_a_reset_ends_all_music(twilio: Twilio, customer: Customer) -> None:
    person = joined(twilio, customer, ANA)
    url = customer.says("/music", "<Pause/>")
    room_of(twilio).participants(person.sid or "").update(hold=True, hold_url=url)
    room_of(twilio).update(announce_url=customer.says("/words", "<Pause length='6000'/>"))
    customer.wait("/words")
    customer.wait("/music", 2)
    twilio.control.post("/sandbox/reset")
    customer.heard.clear()
    twilio.wait_status(twilio.dial(ANA, twiml="<Response><Pause length='5'/></Response>"), "completed")
    assert customer.heard == []
