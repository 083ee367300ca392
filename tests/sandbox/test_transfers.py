"""Transfers as a dialer does them: calls moved from room to room, whispers, and what Dial reports."""

import pytest
from twilio.rest.api.v2010.account.call import CallInstance

from tests.sandbox.rooms import EVENTS, PATIENT, joined
from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

ANA, BEN = "+13125550142", "+13125550143"
CHILD = "statusCallback='/child' statusCallbackEvent='initiated ringing answered completed'"


def room(twilio: Twilio, name: str) -> dict[str, object]:
    [found] = [one for one in twilio.state()["conferences"] if one["name"] == name]
    return dict(found)


def move(twilio: Twilio, customer: Customer, call: CallInstance, name: str) -> None:
    callback = f"statusCallback='/{name}' statusCallbackEvent='{EVENTS}'"
    url = customer.says(f"/to-{name}", f"<Dial><Conference {callback}>{name}</Conference></Dial>")
    call.update(url=url)


def test_two_calls_are_moved_to_another_room_at_once(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    person, boss = joined(twilio, customer, ANA), joined(twilio, customer, "client:boss")
    for call in (person, boss):
        move(twilio, customer, call, "other")
    wait_for(lambda: len(customer.events("/other")) == 3)
    assert customer.events("/other") == ["participant-join", "participant-join", "conference-start"]
    assert room(twilio, "other")["participants"] == [person.sid, boss.sid]
    assert room(twilio, "hall")["participants"] == [agent.sid]
    leaves = customer.wait("/room", 2, StatusCallbackEvent="participant-leave")
    assert {leave["ReasonParticipantLeft"] for leave in leaves} == {"participant_updated_via_api"}
    assert {leave["ParticipantCallStatus"] for leave in leaves} == {"in-progress"}
    assert customer.at("/room", StatusCallbackEvent="conference-end") == []
    assert twilio.account(person.sid)["bridged"]
    agent.update(status="completed")
    [end] = customer.wait("/room", StatusCallbackEvent="conference-end")
    assert end["ReasonConferenceEnded"] == "last-participant-left"


def test_all_who_are_moved_leave_an_ended_room(twilio: Twilio, customer: Customer) -> None:
    calls = [joined(twilio, customer, to) for to in ("client:eve", ANA)]
    for call in calls:
        move(twilio, customer, call, "other")
    [end] = customer.wait("/room", StatusCallbackEvent="conference-end")
    assert end["ReasonConferenceEnded"] == "last-participant-left"
    assert end["CallSidEndingConference"] == calls[1].sid
    customer.wait("/other", StatusCallbackEvent="conference-start")
    assert [twilio.status(call.sid) for call in calls] == ["in-progress"] * 2
    assert [one["name"] for one in twilio.state()["conferences"]] == ["other"]


def test_moving_one_whose_exit_ends_the_room_ends_it(twilio: Twilio, customer: Customer) -> None:
    person = joined(twilio, customer, ANA)
    agent = joined(twilio, customer, "client:eve", endConferenceOnExit="true")
    move(twilio, customer, agent, "other")
    [end] = customer.wait("/room", StatusCallbackEvent="conference-end")
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    twilio.wait_status(person, "completed")
    customer.wait("/other", StatusCallbackEvent="participant-join")


def test_a_third_party_is_added_and_the_first_agent_leaves(twilio: Twilio, customer: Customer) -> None:
    agent, person = joined(twilio, customer, "client:eve"), joined(twilio, customer, ANA)
    twilio.script(BEN, "human", **PATIENT)
    third = twilio.client.conferences("hall").participants.create(from_=OURS, to=BEN, label="third")
    wait_for(lambda: third.call_sid in room(twilio, "hall")["participants"])  # type: ignore[operator]  # a list of SIDs
    move(twilio, customer, agent, "own")
    customer.wait("/own", StatusCallbackEvent="participant-join")
    assert room(twilio, "hall")["participants"] == [person.sid, third.call_sid]
    assert twilio.account(person.sid)["bridged"]
    assert not twilio.account(agent.sid)["bridged"]


@pytest.mark.parametrize(
    ("noun", "to"),
    [(f"<Number {CHILD}>{BEN}</Number>", BEN), (f"<Client {CHILD}>eve</Client>", "client:eve")],
)
def test_dial_reports_every_step_of_the_other_leg(
    twilio: Twilio, customer: Customer, noun: str, to: str
) -> None:
    twilio.script(ANA, "human", **PATIENT)
    twilio.script(BEN, "human", **PATIENT)
    customer.says("/dialled", "<Pause length='6000'/>")
    dial = f"<Dial callerId='{OURS}' action='/dialled'>{noun}</Dial>"
    call = twilio.dial(ANA, url=customer.says("/dial", dial))
    [child] = wait_for(lambda: twilio.client.calls.list(to=to, status="in-progress"))
    wait_for(lambda: twilio.account(child.sid)["bridged"])
    child.update(status="completed")
    customer.wait("/child", 4)
    assert customer.statuses("/child") == ["initiated", "ringing", "in-progress", "completed"]
    assert {one["ParentCallSid"] for one in customer.at("/child")} == {call.sid}
    assert {(one["From"], one["To"], one["Direction"]) for one in customer.at("/child")} == {
        (OURS, to, "outbound-dial")
    }
    [dialled] = customer.wait("/dialled")
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == ("completed", "true")
    assert (dialled["DialCallSid"], dialled["CallSid"]) == (child.sid, call.sid)
    assert int(dialled["DialCallDuration"]) >= 1
    assert twilio.status(call.sid) == "in-progress"


def test_a_whisper_is_heard_by_the_one_dialled_alone(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    twilio.script(BEN, "human", **PATIENT)
    customer.says("/whisper", "<Play digits='7'/><Gather numDigits='1' action='/accepted' timeout='6000'/>")
    customer.says("/accepted", "")
    dial = f"<Dial><Number url='/whisper'>{BEN}</Number></Dial>"
    call = twilio.dial(ANA, from_=OURS, url=customer.says("/dial", dial))
    [child] = wait_for(lambda: twilio.client.calls.list(to=BEN))
    wait_for(lambda: twilio.account(child.sid)["gathering"])
    assert not twilio.account(call.sid)["bridged"]
    assert (twilio.account(child.sid)["digits_heard"], twilio.account(call.sid)["digits_heard"]) == ("7", "")
    twilio.control.post(f"/sandbox/calls/{child.sid}/digits", json={"digits": "1"})
    wait_for(lambda: twilio.account(call.sid)["bridged"] and twilio.account(child.sid)["bridged"])
    assert customer.at("/accepted")[0]["Digits"] == "1"


def test_one_who_declines_at_the_whisper_is_not_bridged(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", **PATIENT)
    twilio.script(BEN, "human", **PATIENT)
    customer.says("/whisper", "<Hangup/>")
    customer.says("/dialled", "<Pause length='6000'/>")
    dial = f"<Dial action='/dialled'><Number url='/whisper'>{BEN}</Number></Dial>"
    call = twilio.dial(ANA, url=customer.says("/dial", dial))
    [dialled] = customer.wait("/dialled")
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == ("completed", "false")
    assert twilio.status(call.sid) == "in-progress"


@pytest.mark.parametrize(
    ("behaviour", "status"), [("busy", "busy"), ("no_answer", "no-answer"), ("failed", "failed")]
)
def test_dial_that_reaches_nobody(twilio: Twilio, customer: Customer, behaviour: str, status: str) -> None:
    twilio.script(ANA, "human", **PATIENT)
    twilio.script(BEN, behaviour)
    customer.says("/dialled", "<Hangup/>")
    twilio.dial(ANA, url=customer.says("/dial", f"<Dial action='/dialled' timeout='5'>{BEN}</Dial>"))
    [dialled] = customer.wait("/dialled")
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == (status, "false")


def test_a_bridged_call_is_moved_and_the_other_goes_on(twilio: Twilio, customer: Customer) -> None:
    """The one who was dialled is redirected: the parent's Dial ends and its action is asked."""
    twilio.script(ANA, "human", **PATIENT)
    twilio.script(BEN, "human", **PATIENT)
    customer.says("/dialled", "<Pause length='6000'/>")
    call = twilio.dial(ANA, url=customer.says("/dial", f"<Dial action='/dialled'>{BEN}</Dial>"))
    wait_for(lambda: twilio.account(call.sid)["bridged"])
    [child] = twilio.client.calls.list(to=BEN)
    move(twilio, customer, child, "other")
    [dialled] = customer.wait("/dialled")
    assert dialled["DialBridged"] == "true"
    customer.wait("/other", StatusCallbackEvent="participant-join")
    assert (twilio.status(call.sid), twilio.status(child.sid)) == ("in-progress", "in-progress")
    assert not twilio.account(call.sid)["bridged"]
