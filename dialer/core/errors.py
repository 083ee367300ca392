"""The errors that cross rooms. They name the fact and carry words for people; they know no HTTP."""

from collections.abc import Mapping, Sequence


class DialerError(Exception):
    """Something a person or program asked for can't be done, with the reason in plain words."""


class NotFound(DialerError):
    """No such thing, or none that this person may see."""


class Conflict(DialerError):
    """It can't be done in the state things are in now."""


class Invalid(DialerError):
    """What was given is not usable; the message says what would be."""


class InvalidFields(Invalid):
    """Some fields of a form are not usable; `errors` says of each why."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class Forbidden(DialerError):
    """This person may not do that."""


class SettingMissing(DialerError):
    """A setting is missing or unusable; raised at start, before anything runs."""

    def __init__(self, names: Sequence[str], problems: str = "") -> None:
        parts = [f"{name} is not set" for name in names] + ([problems] if problems else [])
        super().__init__("; ".join(parts))
        self.names = tuple(names)
