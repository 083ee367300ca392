"""`dialer numbers`: what the account has, who shows it, where calls go; and calls sent to us."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from dialer.store import caller_ids
from dialer.telephony.urls import CarrierUrls
from tests.cli.shell import refused, run
from tests.factories import CALLER_ID, make_campaign
from tests.house import ACCOUNT_SID, AUTH_TOKEN, NOWHERE, House, commit
from tests.sandbox.servers import Twilio

PUBLIC_URL = "https://calls.example"
HERE = CarrierUrls(PUBLIC_URL).inbound()


def settings(house: House, base_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": house.database_url,
        "TWILIO_BASE_URL": base_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "PUBLIC_URL": PUBLIC_URL,
    }


def told(printed: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(printed)
    return {one["phone"]: (one["campaigns"], one["calls_go_to"]) for one in document["numbers"]} | {
        "routed": document["routed"],
        "not_own": document["not_own"],
    }


def test_numbers_are_listed_and_those_shown_are_routed(
    tmp_path: Path, house: House, sandbox: Twilio, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now)
    lost = make_campaign(session, now)
    lost.caller_id = "+12125550177"
    session.flush()
    caller_ids.include(session, lost.id, lost.caller_id, now)
    commit(session)
    both = sorted([campaign.slug, lost.slug])
    app = f"AP{'1' * 32}"
    assert sandbox.control.put(f"/sandbox/applications/{app}", json={"voice_url": NOWHERE}).is_success
    [number] = sandbox.client.incoming_phone_numbers.list(phone_number=CALLER_ID)
    number.update(voice_url=HERE, voice_application_sid=app)
    listed = run(tmp_path, "numbers", "--json", **settings(house, sandbox.url))
    assert listed.returncode == 0, listed.stderr
    assert "is not one of the account's numbers" in listed.stderr
    found = told(listed.stdout)
    assert found[CALLER_ID] == (both, app)
    assert (found["routed"], found["not_own"]) == ([], ["+12125550177"])
    routed = run(tmp_path, "numbers", "--route", "--json", **settings(house, sandbox.url))
    assert routed.returncode == 0, routed.stderr
    assert f"Calls to {CALLER_ID} come to us now; before: {app}." in routed.stderr
    found = told(routed.stdout)
    assert found[CALLER_ID] == (both, HERE)
    assert found["+14155550100"] == ([], "")
    assert found["routed"] == [CALLER_ID]
    again = run(tmp_path, "numbers", "--route", **settings(house, sandbox.url))
    assert again.returncode == 0
    assert "Nothing was changed." in again.stderr
    assert again.stdout == ""


def test_without_credentials_or_an_answer_it_says_so(tmp_path: Path, house: House) -> None:
    words = refused(run(tmp_path, "numbers", "--route"))
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL"):
        assert f"{name} is not set" in words
    assert "Twilio gave no answer to be used" in refused(run(tmp_path, "numbers", **settings(house, NOWHERE)))


def test_a_wrong_token_is_told(tmp_path: Path, house: House, sandbox: Twilio) -> None:
    wrong = settings(house, sandbox.url) | {"TWILIO_AUTH_TOKEN": "wrong"}
    assert "are TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN" in refused(run(tmp_path, "numbers", **wrong))
