"""`dialer why`: of a campaign and of a contact, in words and as JSON."""

import json
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from dialer.domain.campaign import DialMode
from tests.cli.shell import refused, run
from tests.factories import make_campaign, make_contact
from tests.house import House, commit


def test_a_campaign_and_a_contact_are_explained(
    tmp_path: Path, house: House, session: Session, now: datetime
) -> None:
    campaign = make_campaign(session, now, dial_mode=DialMode.PREDICTIVE)
    contact = make_contact(session, campaign, now, zones=[])
    commit(session)
    settings = {"DATABASE_URL": house.database_url, "REDIS_URL": house.redis_url}
    told = run(tmp_path, "why", "--campaign", campaign.slug, "--json", **settings)
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert (document["campaign"], document["dialling"]) == (campaign.slug, False)
    assert document["headline"] in told.stderr
    assert document["sentence"] in told.stderr
    without_redis = run(tmp_path, "why", "--campaign", campaign.slug, DATABASE_URL=house.database_url)
    assert without_redis.returncode == 0, without_redis.stderr
    assert "REDIS_URL is not set here" in without_redis.stderr
    told = run(tmp_path, "why", "--contact", str(contact.id), "--json", DATABASE_URL=house.database_url)
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert document["may_be_dialled"] is False
    verdicts = {check["rule"]: check["passed"] for check in document["gate"]}
    assert verdicts["place_known"] is False
    assert verdicts["suppression"] is True
    assert "nobody knows whose clock counts" in told.stderr


def test_what_can_not_be_told_is_said(tmp_path: Path, house: House) -> None:
    settings = {"DATABASE_URL": house.database_url}
    for words in ((), ("--campaign", "a", "--contact", "1")):
        ended = run(tmp_path, "why", *words, **settings)
        assert ended.returncode == 2
        assert "Say what is asked about" in ended.stderr
    nowhere = refused(run(tmp_path, "why", "--campaign", "nowhere", **settings))
    assert "There is no campaign “nowhere”. There are: none yet." in nowhere
    assert "There is no contact 7." in refused(run(tmp_path, "why", "--contact", "7", **settings))
