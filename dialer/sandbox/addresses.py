"""Who may be called, and from which numbers: Twilio's checks on To and From."""

import re
from collections.abc import Collection

from dialer.sandbox.errors import MAGIC_FROM, MAGIC_TO, TwilioError

E164 = re.compile(r"\+[1-9]\d{7,14}")
NANP = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
AMERICAN = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")


def is_valid(number: str) -> bool:
    return bool((NANP if number.startswith("+1") else E164).fullmatch(number))


def normalized(address: str) -> str:
    """American numbers may be written as people write them; E.164 and clients pass unchanged."""
    if address.startswith(("client:", "sip:", "+")):
        return address
    american = AMERICAN.fullmatch(re.sub(r"[\s().-]", "", address))
    return f"+1{american[1]}" if american else address


def check_to(text: str) -> str:
    if not text:
        raise TwilioError(21201, "No 'To' number is specified")
    to = normalized(text)
    if to in MAGIC_TO:
        raise MAGIC_TO[to]
    if to.startswith(("client:", "sip:")):
        if not to.partition(":")[2]:
            raise TwilioError(21211, f"The phone number you are attempting to call, {text}, is not valid.")
    elif not is_valid(to):
        raise TwilioError(21211, f"The phone number you are attempting to call, {text}, is not valid.")
    return to


def check_from(text: str, to: str, owned: Collection[str]) -> str:
    if not text:
        raise TwilioError(21213, "No 'From' number is specified")
    from_ = normalized(text)
    if from_ in MAGIC_FROM:
        raise MAGIC_FROM[from_]
    if from_ == to:
        raise TwilioError(21211, "The 'To' and 'From' numbers must not be the same.")
    if from_.startswith("client:") and to.startswith("client:"):
        return from_
    if not is_valid(from_):
        raise TwilioError(21212, f"The 'From' number {text} is not a valid phone number.")
    if from_ not in owned:
        raise TwilioError(
            21210,
            f"The source phone number provided, {from_}, is not yet verified for your account. "
            "You may only make calls from phone numbers that you've verified or purchased from Twilio.",
        )
    return from_


def formatted(address: str) -> str:
    if not NANP.fullmatch(address):
        return address
    return f"({address[2:5]}) {address[5:8]}-{address[8:]}"
