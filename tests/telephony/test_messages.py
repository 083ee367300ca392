"""What is said where nobody speaks, read back as the carrier reads it."""

from collections.abc import Callable
from xml.etree.ElementTree import fromstring

import pytest

from dialer.telephony import messages
from dialer.telephony.messages import OPT_OUT_KEY

CLIENT, NUMBER, TOLL_FREE = "Smith & <Sons>", "+13125550199", "+18005550199"
KEY_URL = "https://dialer.example/twilio/attempts/1/key#rc=2&rp=ct,rt,5xx&rt=4000"
WORDS_A_SECOND = 2.6

Made = Callable[[], str]


def left(words: str, *, is_recorded: bool = False) -> str:
    return messages.voicemail(CLIENT, words, TOLL_FREE, KEY_URL, is_recorded=is_recorded)


ALL: dict[str, Made] = {
    "abandoned": lambda: messages.abandoned(CLIENT, NUMBER, KEY_URL),
    "agent lost": lambda: messages.agent_lost(CLIENT, NUMBER, KEY_URL),
    "voicemail": lambda: left("We rang about your roof."),
    "nobody free": lambda: messages.nobody_free(CLIENT, NUMBER, KEY_URL),
}


@pytest.mark.parametrize("made", ALL.values(), ids=ALL)
def test_every_message_names_the_client_then_offers_the_key_and_listens_for_it(made: Made) -> None:
    gather, hang_up = fromstring(made())
    assert (gather.tag, hang_up.tag) == ("Gather", "Hangup")
    told = {"numDigits": "1", "action": KEY_URL, "method": "POST", "input": "dtmf", "finishOnKey": ""}
    assert told.items() <= gather.attrib.items()
    [say] = gather
    assert say.text is not None
    name, offer = say.text.index(CLIENT), say.text.index(f"press {OPT_OUT_KEY}")
    between = say.text[name + len(CLIENT) : offer]
    assert len(between.split()) / WORDS_A_SECOND < 4
    assert between.startswith(". To not be called again,")


@pytest.mark.parametrize("kind", ["abandoned", "nobody free"])
def test_the_clients_number_is_told_digit_by_digit(kind: str) -> None:
    assert "You can reach us at 3 1 2, 5 5 5, 0 1 9 9." in ALL[kind]()


def test_a_message_for_a_machine_tells_the_toll_free_number_and_its_words() -> None:
    assert "or call 8 0 0, 5 5 5, 0 1 9 9. We rang about your roof." in left("We rang about your roof.")
    assert "recorded" not in left("")


def test_what_is_recorded_says_so() -> None:
    assert "This call is recorded. Hello there." in left("Hello there.", is_recorded=True)


def test_a_caller_without_a_number_is_offered_no_key() -> None:
    say, hang_up = fromstring(messages.nobody_free(CLIENT, NUMBER, None))
    assert (say.tag, hang_up.tag) == ("Say", "Hangup")
    assert OPT_OUT_KEY not in (say.text or "").replace(" ", "").replace("0199", "")


def test_the_key_is_confirmed_and_another_key_hears_the_offer_again() -> None:
    say, _ = fromstring(messages.opted_out(CLIENT))
    assert f"not be called again on behalf of {CLIENT}" in (say.text or "")
    gather, hang_up = fromstring(messages.another_key(KEY_URL))
    assert (gather.attrib["action"], hang_up.tag) == (KEY_URL, "Hangup")
