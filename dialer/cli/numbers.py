"""`dialer numbers`"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.table import Table
from sqlalchemy import Engine

from dialer.cli.database import migrated_engine
from dialer.cli.output import console, print_json
from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.errors import Conflict
from dialer.core.settings import get_settings
from dialer.services import account_numbers
from dialer.store import caller_ids
from dialer.telephony.port import CarrierUnreachable, Numbers, OwnedNumber
from dialer.telephony.twilio import TwilioCarrier
from dialer.telephony.urls import CarrierUrls

CREDENTIALS = ("twilio_account_sid", "twilio_auth_token")


def numbers(route: bool, as_json: bool) -> None:
    settings = get_settings()
    settings.require(*CREDENTIALS, *(["public_url"] if route else []))
    urls = CarrierUrls(settings.public_url) if settings.public_url else None
    at_carrier = TwilioCarrier(settings).numbers
    with migrated_engine() as engine, _in_words():
        owned, shown = _list(engine, at_carrier)
        changed: Sequence[OwnedNumber] = []
        if route and urls is not None:
            changed = account_numbers.send_calls(at_carrier, owned, shown, urls)
        if changed:
            owned, shown = _list(engine, at_carrier)
    _tell(owned, shown, urls.inbound() if urls else None)
    for one in changed:
        console.print(f"Calls to [bold]{one.phone}[/] come to us now; before: {one.voice_url or 'nowhere'}.")
    if route and not changed:
        console.print("Nothing was changed.")
    if as_json:
        print_json(
            {
                "numbers": [
                    {"phone": one.phone, "campaigns": shown.get(one.phone, []), "calls_go_to": one.voice_url}
                    for one in owned
                ],
                "not_own": sorted(set(shown) - {one.phone for one in owned}),
                "routed": [one.phone for one in changed],
            }
        )


def _list(engine: Engine, at_carrier: Numbers) -> tuple[Sequence[OwnedNumber], Mapping[str, list[str]]]:
    asked_at, owned = utc_now(), at_carrier.owned()
    with transaction(engine) as session:
        account_numbers.record(session, owned, asked_at)
        return owned, caller_ids.campaigns_by_number(session)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except CarrierUnreachable as error:
        raise Conflict(
            f"Twilio gave no answer to be used ({error}): are TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the "
            "network right?"
        ) from error


def _tell(owned: Sequence[OwnedNumber], shown: Mapping[str, list[str]], inbound: str | None) -> None:
    table = Table(box=None, padding=(0, 3, 0, 0))
    for label in ("Number", "Shown by", "Calls to it go to"):
        table.add_column(label, header_style="dim")
    for one in owned:
        goes_to = "us" if one.voice_url and one.voice_url == inbound else one.voice_url or "nowhere"
        table.add_row(one.phone, ", ".join(shown.get(one.phone, [])) or "–", goes_to)
    console.print(table)
    for phone in sorted(set(shown) - {one.phone for one in owned}):
        campaigns = ", ".join(shown[phone])
        console.print(f"[bold red]✗[/] {phone}, of {campaigns}, is not one of the account's numbers.")
