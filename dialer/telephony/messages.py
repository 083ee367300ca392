"""What a person is told when nobody speaks with her: every message begins with whose call it is, and
offers the key by which she is not called again. Nothing here sells: 16 CFR 310.4(b)(4)(iii).

The key is offered right after the name, within two seconds of it: 47 CFR 64.1200(b)(3).
"""

import phonenumbers
from phonenumbers import PhoneNumberFormat
from twilio.twiml.voice_response import Gather, VoiceResponse

OPT_OUT_KEY = "9"
_OFFER = f"To not be called again, press {OPT_OUT_KEY}."
_SECONDS_FOR_A_KEY = 3
"""After the last word."""


def abandoned(client_name: str, number: str, key_url: str) -> str:
    return _said(words_of_abandoned(client_name, number), key_url)


def words_of_abandoned(client_name: str, number: str) -> str:
    """Name and number of the client, and nothing that sells."""
    return (
        f"Hello. This is a call on behalf of {client_name}. {_OFFER} "
        "We are sorry that nobody was free to speak with you. "
        f"You can reach us at {_spoken(number)}. Goodbye."
    )


def agent_lost(client_name: str, number: str, key_url: str) -> str:
    return _said(words_of_agent_lost(client_name, number), key_url)


def words_of_agent_lost(client_name: str, number: str) -> str:
    """For a person whose agent is not on the line any more."""
    return (
        f"This is a call on behalf of {client_name}. {_OFFER} "
        "We are sorry: the line to the person you were speaking with was lost. We will call you back, or "
        f"you can reach us at {_spoken(number)}. Goodbye."
    )


def voicemail(client_name: str, words: str, toll_free: str, key_url: str, *, is_recorded: bool) -> str:
    """For a machine that listens; a message left there names a toll-free number."""
    recorded = " This call is recorded." if is_recorded else ""
    return _said(
        f"Hello. This is a message on behalf of {client_name}. "
        f"To not be called again, press {OPT_OUT_KEY}, or call {_spoken(toll_free)}.{recorded} {words}",
        key_url,
    )


def nobody_free(client_name: str, number: str, key_url: str | None) -> str:
    """For a person who called us; without a number of hers there is nothing to opt out."""
    words = f"We are sorry that nobody is free to speak with you now. You can reach us at {_spoken(number)}."
    if key_url is None:
        return _said(f"Hello. You have reached {client_name}. {words} Goodbye.", None)
    return _said(f"Hello. You have reached {client_name}. {_OFFER} {words} Goodbye.", key_url)


def one_moment(client_name: str, again_url: str) -> str:
    """For a person who called us and waits for somebody to be free."""
    response = VoiceResponse()
    response.say(f"Hello. You have reached {client_name}. One moment, please.")
    response.redirect(again_url, method="POST")
    return str(response)


def opted_out(client_name: str) -> str:
    return _said(f"You will not be called again on behalf of {client_name}. Goodbye.", None)


def another_key(key_url: str) -> str:
    """A key that means nothing was pressed, which cut the message short."""
    return _said(_OFFER, key_url)


def _said(words: str, key_url: str | None) -> str:
    response = VoiceResponse()
    if key_url is None:
        response.say(words)
    else:
        keys = Gather(
            input="dtmf",
            num_digits=1,
            action=key_url,
            method="POST",
            timeout=_SECONDS_FOR_A_KEY,
            finish_on_key="",
        )
        keys.say(words)
        response.append(keys)
    response.hangup()
    return str(response)


def _spoken(number: str) -> str:
    """A number as it is read out: its national form, digit by digit."""
    national = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.NATIONAL)
    groups = "".join(sign if sign.isdigit() else " " for sign in national).split()
    return ", ".join(" ".join(group) for group in groups)
