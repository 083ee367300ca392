"""Telephone numbers as people write them, in a form's field or in a text."""

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType

from dialer.core.errors import Invalid


def e164(number: str, country: str | None = None) -> str:
    """One number in E.164; `country` is that of a number written without one.

    Raises `Invalid` for what is no telephone number.
    """
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException as error:
        raise Invalid(f"“{number}” is no telephone number; write it like +13125550100.") from error
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid(f"“{number}” has too few or too many digits; write it like +13125550100.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def as_read(phone: str) -> str:
    """As people write it."""
    return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def toll_free_in(text: str, country: str = "US") -> str | None:
    """The first number in `text` that costs its caller nothing, in E.164."""
    for match in PhoneNumberMatcher(text, country, leniency=Leniency.POSSIBLE):
        if phonenumbers.number_type(match.number) == PhoneNumberType.TOLL_FREE:
            return str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return None
