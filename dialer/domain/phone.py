"""Telephone numbers: from a cell as people write it to E.164, by Google's metadata (`phonenumbers`).

A cell may hold remarks, an extension and several numbers. What is not certainly a number that can be
rung is refused with its fault; nothing is guessed but a leading zero that the country's plan demands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, ValidationResult

# Reserved for fiction by the numbering authorities (NANPA, Ofcom, ARCEP, ACMA, Bundesnetzagentur).
_FICTION = re.compile(
    r"""\+(?:
    1[2-9]\d{2}55501\d{2}
    | 44(?:1(?:1[3-8]|[2-6]1)4960\d{3}|1914980\d{3}|2079460\d{3}|2896496\d{3}|2920180\d{3}|1632960\d{3}
        |7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3})
    | 33(?:19900|26191|35301|46571|53649|63998)\d{4}
    | 61(?:[2378](?:5550|7010)\d{4}|491570(?:006|110|15[6-9]|313|737))
    | 49(?:3023125\d{3}|6990009\d{3}|4066969\d{3}|2214710\d{3}|8999998\d{3}|17139200\d{2}|176040690\d{2})
    )""",
    re.VERBOSE,
)

# Numbers of the French overseas departments are dialled from France as if they were its own.
_SHARED_PLAN = {"FR": ("GP", "GF", "MQ", "RE", "YT")}

_LONGEST_CELL = 250
_SHORTEST_NUMBER = 6  # digits, area code included, as small countries have them
_MOST_PARTS = 5  # into which separators break one number
_EMPTY_WORDS = frozenset(
    {"", "-", "--", "n/a", "na", "nan", "none", "null", "nil", "unknown", "#n/a", "?", "."}
)
_EXTENSION = re.compile(
    r"[\s,;.(\[]*(?<![^\W\d_])(?:x|extension|extn|ext|poste|wew|durchwahl|dw|int|anexo|#)[.:=\s]*(\d{1,7})(?!\d)[\])]?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[+(]?\d[\d ().-]*")
_FAX = re.compile(
    r"[\d(+][\d\s().+/-]*[(\[]\s*(?:tele)?fax[^()\[\]]*[)\]]|(?:tele)?fax[.:\s]*[\d\s().+/-]*", re.IGNORECASE
)
_FORBIDDEN = re.compile(
    r"\b(?:do not call|don['’]?t call|dnc|ne pas appeler|nicht anrufen|no llamar)\b", re.IGNORECASE
)
_REMARK = re.compile(r"[(\[{][^()\[\]{}]*[^\W\d_][^()\[\]{}]*[)\]}]")
_AND = re.compile(r"(?<=[\d\s)])(?:ou|or|oder|o|et|and|und|y|e|&)(?=[\s\d(+])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+\.?:?")
_VANITY = re.compile(r"(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]?(?=[\dA-Z-]*[A-Z]{3})[\dA-Z](?:-?[\dA-Z]){6}")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_AS_DECIMAL = re.compile(r"(\+?\d{7,15})[.,]0+")


class PhoneFault(StrEnum):
    BLANK = "blank"
    NOT_A_NUMBER = "not_a_number"
    ROUNDED = "rounded"  # 3.12556E+09: a spreadsheet dropped digits
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID = "invalid"
    DO_NOT_CALL = "do_not_call"  # a remark beside the number says so


@dataclass(frozen=True, slots=True)
class PhoneRead:
    """What a cell holds: numbers in E.164, the main one first, or the fault for which it is refused."""

    numbers: tuple[str, ...] = ()
    extension: str = ""
    fault: PhoneFault | None = None


def read_phone(raw: str, country: str) -> PhoneRead:
    text = raw.strip()
    if text.lower() in _EMPTY_WORDS:
        return PhoneRead(fault=PhoneFault.BLANK)
    if len(text) > _LONGEST_CELL:
        return PhoneRead(fault=PhoneFault.TOO_LONG)
    if _ROUNDED.fullmatch(text):
        return PhoneRead(fault=PhoneFault.ROUNDED)
    if as_decimal := _AS_DECIMAL.fullmatch(text):
        text = as_decimal[1]
    if _PLAIN.fullmatch(text) and " - " not in text:
        number = _valid(text, country)
        return PhoneRead((number,)) if number else PhoneRead(fault=_fault_of(text, country))
    if _FORBIDDEN.search(text):
        return PhoneRead(fault=PhoneFault.DO_NOT_CALL)
    text, extension = _without_extension(_FAX.sub(";", text))
    numbers = tuple(dict.fromkeys(_numbers_in(text, country)))
    if numbers:
        return PhoneRead(numbers, extension)
    return PhoneRead(fault=_fault_of(text, country))


def is_fictional(e164: str) -> bool:
    """Whether the number is reserved for films, books and tests, so that no one is rung by it."""
    return _FICTION.fullmatch(e164) is not None


def mask(e164: str) -> str:
    """The number as it may stand in a log: +1312•••0142."""
    if len(e164) < 11:
        return f"{e164[:3]}•••{e164[-2:]}" if len(e164) > 6 else "•••"
    return f"{e164[:5]}•••{e164[-4:]}"


def _without_extension(text: str) -> tuple[str, str]:
    found = _EXTENSION.search(text)
    if found is None or _digits(text[: found.start()]) < _SHORTEST_NUMBER:
        return text, ""
    return f"{text[: found.start()]} {_EXTENSION.sub(' ', text[found.start() :])}", found[1]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _numbers_in(text: str, country: str) -> Iterator[str]:
    if _VANITY.fullmatch(text):
        number = _valid(text, country)
        if number:
            yield number
        return
    plain = _WORD.sub("|", _AND.sub("/", _REMARK.sub(";", text)))
    for block in re.split(r"[|;\n]", plain):
        yield from _numbers_in_block(block, country)


def _numbers_in_block(block: str, country: str) -> Iterator[str]:
    """The block's parts as numbers, a part that is none joined with those after it ("030/23125 000").

    After a slash a part may be the changed end of the number before: "04 95 78 46 34 / 47 98".
    """
    pieces = re.split(r"(/|,| [-–] )", block)
    parts, separators = pieces[::2], ["", *pieces[1::2]]
    last, at = "", 0
    while at < len(parts):
        number, used = _first_number(parts[at : at + _MOST_PARTS], country)
        if not number and last and separators[at] == "/":
            number, used = _with_other_end(last, parts[at], country), 1
        if number:
            last = number
            yield number
        elif _digits(parts[at]) > 2:
            return
        at += used


def _first_number(parts: list[str], country: str) -> tuple[str | None, int]:
    for used in range(1, len(parts) + 1):
        joined = " ".join(parts[:used])
        if _digits(joined) >= _SHORTEST_NUMBER and (number := _valid(joined, country)):
            return number, used
    return None, 1


def _with_other_end(number: str, end: str, country: str) -> str | None:
    digits = re.sub(r"\D", "", end)
    if not 2 <= len(digits) <= len(number) - 5:
        return None
    return _valid(number[: -len(digits)] + digits, country)


def _valid(text: str, country: str) -> str | None:
    """The number in E.164 if the plan of its country has it, or it is fiction's."""
    parsed = _parse(text, country)
    if parsed is None:
        return None
    number = _e164(parsed)
    if phonenumbers.is_valid_number(parsed) or is_fictional(number):
        return number
    return _valid_elsewhere(text, country)


def _valid_elsewhere(text: str, country: str) -> str | None:
    if "+" in text:
        return None
    tries = [(text, sibling) for sibling in _SHARED_PLAN.get(country, ())]
    if not text.lstrip(" (").startswith("0"):
        tries.append(("0" + text.lstrip(), country))  # the zero is part of the number: Italy, Ivory Coast
    for candidate, region in tries:
        parsed = _parse(candidate, region)
        if parsed is not None and phonenumbers.is_valid_number_for_region(parsed, region):
            return _e164(parsed)
    return None


def _parse(text: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def _e164(parsed: PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _fault_of(text: str, country: str) -> PhoneFault:
    digits = _digits(text)
    if digits == 0 or len(_WORD.findall(text)) > 2:
        return PhoneFault.NOT_A_NUMBER
    try:
        parsed = phonenumbers.parse(_WORD.sub(" ", _REMARK.sub(" ", text)), country)
    except NumberParseException as error:
        if error.error_type == NumberParseException.TOO_LONG:
            return PhoneFault.TOO_LONG
        return PhoneFault.TOO_SHORT if digits < _SHORTEST_NUMBER else PhoneFault.INVALID
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return PhoneFault.TOO_SHORT
    return PhoneFault.TOO_LONG if possible == ValidationResult.TOO_LONG else PhoneFault.INVALID
