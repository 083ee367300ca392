"""The TwiML documents, read back as the carrier reads them."""

from xml.etree.ElementTree import Element, fromstring

import pytest

from dialer.telephony import twiml

ROOM = "agent-7f3a"
EVENTS_URL = "https://dialer.example/twilio/sessions/7/room#rc=3&rp=ct,rt,5xx&rt=5000"


def only(element: Element, tag: str) -> Element:
    [child] = element
    assert child.tag == tag
    return child


@pytest.mark.parametrize(
    ("document", "label"),
    [
        (twiml.join_agent_room(ROOM, EVENTS_URL, "attempt-1"), "attempt-1"),
        (twiml.hold_agent_line(ROOM, EVENTS_URL, "CA1"), "agent-1"),
    ],
    ids=["person", "agent"],
)
def test_both_legs_come_into_the_same_room_in_silence(document: str, label: str) -> None:
    conference = only(only(fromstring(document), "Dial"), "Conference")
    assert conference.text == ROOM
    assert conference.attrib == {
        "participantLabel": label,
        "beep": "false",
        "waitUrl": "",
        "startConferenceOnEnter": "true",
        "endConferenceOnExit": "false",
        "statusCallback": EVENTS_URL,
        "statusCallbackEvent": "start end join leave mute hold",
    }


def test_hanging_up_says_nothing() -> None:
    assert not list(only(fromstring(twiml.hang_up()), "Hangup"))


def test_asking_again_waits_in_silence_and_posts() -> None:
    url = "https://dialer.example/twilio/attempts/1/answer#rc=2&rp=ct,5xx&rt=4000"
    pause, redirect = fromstring(twiml.ask_again(2, url))
    assert (pause.tag, pause.attrib) == ("Pause", {"length": "2"})
    assert (redirect.tag, redirect.text, redirect.attrib) == ("Redirect", url, {"method": "POST"})
