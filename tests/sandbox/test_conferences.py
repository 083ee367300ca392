"""Rooms: when they start and end, who is told, and what the API can do to those inside."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.rooms import joined, room_of
from tests.sandbox.servers import OURS, Customer, Twilio, wait_for

ANA, BEN = "+13125550142", "+13125550143"


def test_the_room_starts_with_two_and_ends_with_the_last(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    assert str(room_of(twilio).status) == "init"
    person = joined(twilio, customer, ANA, path="/ignored")
    conference = room_of(twilio)
    assert str(conference.status) == "in-progress"
    assert {p.call_sid for p in conference.participants.list()} == {agent.sid, person.sid}
    person.update(status="completed")
    agent.update(status="completed")
    [end] = customer.wait("/room", StatusCallbackEvent="conference-end")
    assert end["ReasonConferenceEnded"] == "last-participant-left"
    assert end["CallSidEndingConference"] == agent.sid
    customer.wait("/room", 6)
    assert customer.events() == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    assert customer.at("/ignored") == []
    conference = conference.fetch()
    assert str(conference.status) == "completed"
    assert str(conference.reason_conference_ended) == "last-participant-left"
    assert conference.participants.list() == []
    with pytest.raises(TwilioRestException) as missing:
        conference.participants(person.sid or "").fetch()
    assert missing.value.code == 20404


def test_the_room_waits_for_somebody_who_starts_it(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, ANA, startConferenceOnEnter="false")
    joined(twilio, customer, BEN, startConferenceOnEnter="false")
    assert str(room_of(twilio).status) == "init"
    joined(twilio, customer, "client:eve")
    assert str(room_of(twilio).status) == "in-progress"


def test_only_the_asked_events_are_told(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve", statusCallbackEvent="start")
    joined(twilio, customer, ANA)
    customer.wait("/room", StatusCallbackEvent="conference-start")
    assert customer.events() == ["conference-start"]


def test_one_whose_leaving_ends_the_room(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    person = joined(twilio, customer, ANA, endConferenceOnExit="true", participantLabel="customer")
    person.update(status="completed")
    [end] = customer.wait("/room", StatusCallbackEvent="conference-end")
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert end["ParticipantLabelEndingConference"] == "customer"
    leaves = customer.wait("/room", 2, StatusCallbackEvent="participant-leave")
    assert {leave["CallSid"]: leave["ReasonParticipantLeft"] for leave in leaves} == {
        person.sid: "participant_hung_up",
        agent.sid: "moderator_ended_conference",
    }
    twilio.wait_status(agent, "completed")


def test_the_person_hangs_up_when_the_talk_is_over(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    twilio.script(ANA, "human", ring_seconds=0, patience_seconds=600, talk_seconds=20)
    person = twilio.dial(ANA, twiml="<Response><Dial><Conference>hall</Conference></Dial></Response>")
    [leave] = customer.wait("/room", StatusCallbackEvent="participant-leave")
    assert leave["CallSid"] == person.sid
    assert leave["ParticipantCallStatus"] == "completed"
    assert twilio.status(agent.sid) == "in-progress"
    assert int(person.fetch().duration or 0) >= 20


def test_redirecting_a_call_takes_it_out(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve")
    person = joined(twilio, customer, ANA)
    person.update(twiml="<Response><Pause length='600'/></Response>")
    [leave] = customer.wait("/room", StatusCallbackEvent="participant-leave")
    assert leave["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert leave["ParticipantCallStatus"] == "in-progress"
    there, gone = twilio.control.get("/sandbox/stays").json()
    assert there["left_at"] is None
    assert (gone["call_sid"], gone["room"]) == (person.sid, there["room"])
    assert there["joined_at"] <= gone["joined_at"] < gone["left_at"]
    assert twilio.status(person.sid) == "in-progress"
    assert str(room_of(twilio).status) == "in-progress"


def test_mute_hold_and_coach(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve", participantLabel="agent")
    joined(twilio, customer, ANA)
    boss = joined(twilio, customer, "client:boss")
    participants = room_of(twilio).participants
    assert participants("agent").update(muted=True, hold=True).muted is True
    assert participants("agent").fetch().hold is True
    coach = participants(boss.sid or "").update(coaching=True, call_sid_to_coach=agent.sid or "")
    assert (coach.coaching, coach.call_sid_to_coach) == (True, agent.sid)
    customer.wait("/room", StatusCallbackEvent="participant-modify")
    assert customer.events()[-3:] == ["participant-mute", "participant-hold", "participant-modify"]
    assert [p.call_sid for p in participants.list(muted=True)] == [agent.sid]


def test_a_kicked_participant_goes_on_with_its_twiml(twilio: Twilio, customer: Customer) -> None:
    joined(twilio, customer, "client:eve")
    twilio.script(ANA, "human", ring_seconds=0, talk_seconds=6000, dead_air_seconds=6000)
    url = customer.says("/twiml", "<Dial action='/after'><Conference>hall</Conference></Dial>")
    customer.says("/after", "<Pause length='600'/>")
    person = twilio.dial(ANA, url=url)
    wait_for(lambda: len(room_of(twilio).participants.list()) == 2)
    assert room_of(twilio).participants(person.sid or "").delete()
    customer.wait("/after")
    assert twilio.status(person.sid) == "in-progress"
    [leave] = customer.wait("/room", StatusCallbackEvent="participant-leave")
    assert leave["ReasonParticipantLeft"] == "participant_updated_via_api"


def test_the_room_is_ended_by_the_api(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    assert str(room_of(twilio).update(status="completed").status) == "completed"
    twilio.wait_status(agent, "completed")
    [end] = customer.wait("/room", StatusCallbackEvent="conference-end")
    assert end["ReasonConferenceEnded"] == "conference-ended-via-api"
    again = joined(twilio, customer, "client:eve")
    assert again.sid != agent.sid
    assert len(twilio.client.conferences.list(friendly_name="hall")) == 2
    assert len(twilio.client.conferences.list(friendly_name="hall", status="completed")) == 1


def test_participants_are_dialled_by_the_api(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=2, talk_seconds=6000, patience_seconds=6000)
    room = twilio.client.conferences("hall")
    agent = room.participants.create(
        from_=OURS,
        to="client:eve",
        label="agent",
        end_conference_on_exit=True,
        conference_status_callback=customer.url + "/room",
        conference_status_callback_event=["start", "end", "join", "leave"],
    )
    assert str(agent.status) == "queued"
    assert agent.conference_sid
    members = twilio.client.conferences(agent.conference_sid).participants
    wait_for(lambda: str(members("agent").fetch().status) == "connected")
    person = members.create(
        from_=OURS,
        to=ANA,
        status_callback=customer.url + "/status",
        status_callback_event=["ringing", "answered", "completed"],
    )
    customer.wait("/room", StatusCallbackEvent="conference-start")
    twilio.client.calls(agent.call_sid or "").update(status="completed")
    customer.wait("/status", 3)
    assert customer.statuses() == ["ringing", "in-progress", "completed"]
    assert twilio.status(person.call_sid) == "completed"


def test_the_music_of_those_who_wait(twilio: Twilio, customer: Customer) -> None:
    customer.says("/music", "<Play>a.mp3</Play>")
    agent = joined(twilio, customer, "client:eve", waitUrl=customer.url + "/music", waitMethod="GET")
    [asked] = customer.at("/music")
    assert (asked.method, asked["CallSid"]) == ("GET", agent.sid)
    joined(twilio, customer, ANA, waitUrl="")


@pytest.mark.parametrize(("twiml", "code"), [("<Hangup/>", 13238), ("<Play>", 12100)])
def test_those_whose_music_fails_do_not_join(
    twilio: Twilio, customer: Customer, twiml: str, code: int
) -> None:
    url = customer.says("/music", twiml)
    call = twilio.dial(
        "client:eve", twiml=f"<Response><Dial><Conference waitUrl='{url}'>a</Conference></Dial></Response>"
    )
    twilio.wait_status(call, "completed")
    assert code in twilio.codes()
    assert twilio.client.conferences.list(status="in-progress") == []


def test_a_participant_who_does_not_answer(twilio: Twilio, customer: Customer) -> None:
    agent = joined(twilio, customer, "client:eve")
    twilio.script(ANA, "busy", ring_seconds=0)
    twilio.client.conferences("hall").participants.create(from_=OURS, to=ANA)
    [leave] = customer.wait("/room", StatusCallbackEvent="participant-leave")
    assert leave["ReasonParticipantLeft"] == "participant_add_failed"
    assert str(room_of(twilio).status) == "init"
    assert twilio.status(agent.sid) == "in-progress"
