"""The fields that a script may use, and their values for one call. There are no others.

Values come from call lists, so they are foreign text: they are made short and of one line here, and
nothing but text gets into a script.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace

import phonenumbers

from dialer.scripts.model import key_of
from dialer.scripts.problems import shorten

MAX_VALUE = 200

KNOWN_FIELDS: Mapping[str, str] = {
    "contact.first_name": "the contact's first name",
    "contact.last_name": "the contact's last name",
    "contact.name": "first and last name, or the company where no person is known",
    "contact.company": "the contact's company",
    "contact.title": "the contact's job title",
    "contact.city": "the contact's city",
    "contact.state": "the contact's state",
    "agent.first_name": "your agent's first name",
    "agent.name": "your agent's full name",
    "client.name": "the firm that the campaign calls for",
    "client.phone": "the number on which the client can be called back",
    "campaign.name": "the campaign's name",
    "today": "today's date where the contact is",
}

CUSTOM = "contact.custom."


@dataclass(frozen=True, slots=True)
class ContactFields:
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""
    city: str = ""
    state: str = ""
    custom: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.company


@dataclass(frozen=True, slots=True)
class AgentFields:
    name: str
    first_name: str = ""


@dataclass(frozen=True, slots=True)
class ClientFields:
    """`phone` is the call-back number in E.164."""

    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ScriptFields:
    contact: ContactFields
    agent: AgentFields
    client: ClientFields
    campaign_name: str
    today: date


SAMPLE = ScriptFields(
    contact=ContactFields("Maria", "Santos", "Harbor Freight Lines", "Operations Manager", "Tacoma", "WA"),
    agent=AgentFields("Dana Whitfield", "Dana"),
    client=ClientFields("Northwind Example", "+12065550142"),
    campaign_name="Spring campaign",
    today=date(2026, 3, 31),
)
"""A made-up call, for checks and previews."""


def template_values(fields: ScriptFields, custom_fields: tuple[str, ...], language: str) -> dict[str, object]:
    """The fields as templates see them: text only, each custom field that the script names present."""
    contact, agent, client = fields.contact, fields.agent, fields.client
    return {
        "contact": _texts(
            first_name=contact.first_name,
            last_name=contact.last_name,
            name=contact.name,
            company=contact.company,
            title=contact.title,
            city=contact.city,
            state=contact.state,
            custom=_custom(contact.custom, custom_fields),
        ),
        "agent": _texts(name=agent.name, first_name=agent.first_name or agent.name.partition(" ")[0]),
        "client": _texts(name=client.name, phone=_spoken_phone(client.phone, language)),
        "campaign": _texts(name=fields.campaign_name),
        "today": _spoken_date(fields.today, language),
    }


def _texts(**values: object) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            name: value if isinstance(value, SimpleNamespace) else _one_line(value)
            for name, value in values.items()
        }
    )


def _custom(given: Mapping[str, object], names: tuple[str, ...]) -> SimpleNamespace:
    by_key = {key_of(name): value for name, value in given.items()}
    return _texts(**{name: by_key.get(name) for name in names})


def _one_line(value: object) -> str:
    if value is None:
        return ""
    text = str(value)[: MAX_VALUE * 4]
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shorten(text, MAX_VALUE)


def _spoken_phone(number: str, language: str) -> str:
    """As people of the script's country write it; with the country's code for everybody else."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    region = language.rpartition("-")[2].upper()
    at_home = phonenumbers.country_code_for_region(region) == parsed.country_code
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _spoken_date(day: date, language: str) -> str:
    if language.partition("-")[0] != "en":
        return day.isoformat()
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}"
