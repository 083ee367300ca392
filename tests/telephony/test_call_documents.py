"""What is heard on hold, keypad tones, and the rooms of third parties, as the carrier reads them."""

from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from dialer.services.call_control import TONES, tones_of
from dialer.telephony import twiml

ROOM = "leg-7f3a"
EVENTS_URL = "https://dialer.example/twilio/sessions/7/room"
AGAIN_URL = "https://dialer.example/twilio/hold"


def test_who_holds_hears_words_and_then_again() -> None:
    say, pause, redirect = fromstring(twiml.hold(AGAIN_URL))
    assert (say.tag, pause.tag, redirect.tag) == ("Say", "Pause", "Redirect")
    assert (redirect.text, redirect.attrib) == (AGAIN_URL, {"method": "POST"})


def test_tones_are_played_as_digits() -> None:
    [play] = fromstring(twiml.tones("12#*w"))
    assert (play.tag, play.attrib) == ("Play", {"digits": "12#*w"})


@given(st.text(max_size=40))
def test_an_address_carries_tones_or_nothing(text: str) -> None:
    tones = tones_of(text)
    assert tones is None or TONES.fullmatch(tones)


def test_a_third_party_and_the_person_end_their_room_by_leaving() -> None:
    conference = fromstring(twiml.join_own_room(ROOM, "person")).find("./Dial/Conference")
    assert conference is not None
    assert (conference.text, conference.get("endConferenceOnExit")) == (ROOM, "true")


def test_who_only_listens_is_muted_and_who_whispers_is_heard_by_one() -> None:
    listens = twiml.join_agent_room_too(ROOM, EVENTS_URL, "leg-1", is_muted=True, coached_sid=None)
    conference = fromstring(listens).find("./Dial/Conference")
    assert conference is not None
    assert (conference.get("muted"), conference.get("coach")) == ("true", None)
    whispers = twiml.join_agent_room_too(ROOM, EVENTS_URL, "leg-1", is_muted=False, coached_sid="CA1")
    conference = fromstring(whispers).find("./Dial/Conference")
    assert conference is not None
    assert (conference.get("muted"), conference.get("coach")) == (None, "CA1")
    assert conference.get("endConferenceOnExit") == "false"
