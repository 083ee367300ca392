"""Who hears what, the sound in ranges, the log of plays, and the list."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select

from dialer.core.object_store import recording_store
from dialer.core.settings import adopt
from dialer.domain.recording import RecordingPurpose, RecordingState
from dialer.domain.user import Role
from dialer.services import listening, recordings
from dialer.store.attempts import Attempt
from dialer.store.audit import AuditEntry
from dialer.store.campaigns import Campaign
from dialer.store.leads import Lead
from dialer.store.recordings import Recording
from dialer.store.users import User
from tests.factories import make_attempt, make_campaign, make_contact, make_lead, make_user, sid
from tests.house import House, commit
from tests.web.visitor import Visitor, sign_in, words
from tests.workers.media import WAV

NOWHERE = "/recordings/00000000-0000-0000-0000-000000000000.wav"


@pytest.fixture
def lead(session: Session, now: datetime, house: House, tmp_path: Path) -> Lead:
    """A lead whose call is recorded and stored."""
    adopt({"RECORDING_STORE": str(tmp_path)})
    campaign = make_campaign(session, now, name="Boilers")
    lead = make_lead(session, make_contact(session, campaign, now), now)
    stored(session, session.get_one(Attempt, lead.attempt_id), now)
    return lead


def stored(session: Session, attempt: Attempt, now: datetime) -> Recording:
    recording = recordings.note(session, attempt, sid("RE"), RecordingPurpose.CALL, now)
    name = f"{recording.id}.wav"
    file = recording_store().write(name, [WAV])
    recording.object_key, recording.bytes, recording.sha256 = name, file.bytes, file.sha256
    recording.state, recording.seconds, recording.stored_at = RecordingState.STORED, 65, now
    session.flush()
    return recording


def recording_of(session: Session, lead: Lead) -> Recording:
    return session.exec(select(Recording).where(Recording.attempt_id == lead.attempt_id)).one()


def path_of(recording: Recording) -> str:
    return f"/recordings/{recording.id}.wav"


def plays(session: Session) -> list[AuditEntry]:
    session.rollback()
    return list(session.exec(select(AuditEntry).where(AuditEntry.action == listening.PLAYED)))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER, Role.ADMIN])
def test_played_whole_and_in_parts_it_is_one_play(
    web: httpx.Client, session: Session, now: datetime, lead: Lead, role: Role
) -> None:
    recording = recording_of(session, lead)
    hearer = sign_in(web, session, now, role)
    whole = hearer.http.get(path_of(recording))
    assert (whole.status_code, whole.content) == (200, WAV)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in whole.headers
    part = hearer.http.get(path_of(recording), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, WAV[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(WAV)}"
    assert part.headers["content-length"] == "100"
    rest = hearer.http.get(path_of(recording), headers={"Range": f"bytes={len(WAV) - 7}-"})
    assert rest.content == WAV[-7:]
    beyond = hearer.http.get(path_of(recording), headers={"Range": "bytes=99999999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(WAV)}")
    changed = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert hearer.http.get(path_of(recording), headers=changed).status_code == 200
    (entry,) = plays(session)
    assert (entry.user_id, entry.subject) == (hearer.user.id, f"recording {recording.id}")
    assert entry.detail == {"attempt_id": str(lead.attempt_id)}


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({}, "It is being recorded."),
        ({"handed_on_at": 0}, "It ended at 12:30 CST, when the person was handed on."),
        ({"handed_on_at": 0, "call_ended_at": 0}, "It comes into our storage within minutes."),
        ({"call_ended_at": 0}, "It comes into our storage within minutes."),
    ],
)
def test_what_is_not_with_us_yet_says_where_it_is(
    web: httpx.Client, house: House, session: Session, now: datetime, over: dict[str, int], told: str
) -> None:
    house.furnish(OFFICE_TIME_ZONE="America/Chicago")
    supervisor = sign_in(web, session, now, Role.SUPERVISOR)
    attempt = make_attempt(session, make_contact(session, make_campaign(session, now), now), now)
    recordings.note(session, attempt, sid("RE"), RecordingPurpose.CALL, now)
    for name in over:
        setattr(attempt, name, now)
    commit(session)
    assert told in supervisor.read("/supervisor/recordings")


def test_played_again_later_and_by_another_it_is_logged_again(
    session: Session, now: datetime, lead: Lead
) -> None:
    recording = recording_of(session, lead)
    ada, grace = make_user(session, now, Role.MANAGER), make_user(session, now, Role.MANAGER)
    for user, seconds in ((ada, 0), (ada, 60), (grace, 60), (ada, 130), (ada, 200), (ada, 300)):
        listening.play(session, user, recording.id, now + timedelta(seconds=seconds))
        session.flush()
    found = listening.plays_of(session, [recording.id])[recording.id]
    assert [(play.who, (play.at - now).seconds) for play in found] == [
        (ada.full_name, 0),
        (grace.full_name, 60),
        (ada.full_name, 130),
        (ada.full_name, 300),
    ]


def test_an_agent_hears_her_own_call_and_nobody_elses(
    web: httpx.Client, session: Session, now: datetime, lead: Lead
) -> None:
    recording = recording_of(session, lead)
    agent = sign_in(web, session, now, Role.AGENT)
    answer = agent.get(path_of(recording))
    assert answer.status_code == 404
    assert "none that you may hear" in words(answer)
    assert plays(session) == []
    session.get_one(Attempt, lead.attempt_id).agent_id = agent.user.id
    commit(session)
    assert agent.http.get(path_of(recording)).content == WAV


def test_what_can_not_be_heard_says_why(
    web: httpx.Client, session: Session, now: datetime, lead: Lead
) -> None:
    recording = recording_of(session, lead)
    manager = sign_in(web, session, now, Role.MANAGER)
    assert manager.get(NOWHERE).status_code == 404
    for state, why in (
        (RecordingState.DELETED, "deleted when its time was over"),
        (RecordingState.ABSENT, "nothing to record"),
    ):
        recording.state = state
        commit(session)
        assert why in words(manager.get(path_of(recording)))
    recording.state, recording.sha256 = RecordingState.COMPLETED, None
    commit(session)
    assert "not in our storage yet" in words(manager.get(path_of(recording)))


def test_sound_that_is_gone_from_the_storage_is_told_and_no_play(
    web: httpx.Client, session: Session, now: datetime, lead: Lead
) -> None:
    recording = recording_of(session, lead)
    manager = sign_in(web, session, now, Role.MANAGER)
    recording_store().delete(str(recording.object_key))
    answer = manager.get(path_of(recording))
    assert answer.status_code == 404
    assert "can't be had from our storage" in words(answer)
    assert plays(session) == []


def test_it_is_played_on_the_leads_page(
    web: httpx.Client, session: Session, now: datetime, lead: Lead
) -> None:
    recording = recording_of(session, lead)
    manager = sign_in(web, session, now, Role.MANAGER)
    html = manager.get(f"/manager/leads/{lead.id}").text
    assert '<audio class="player" controls preload="none"' in html
    assert f'src="{path_of(recording)}"' in html
    assert 'aria-label="Recording of the call with Grace Okafor, 1:05"' in html
    assert plays(session) == []


class Shelf:
    """Two recorded calls of two agents in two campaigns, a day apart."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.campaigns: list[Campaign] = []
        self.agents: list[User] = []
        for number, name in enumerate(("Grace Okafor", "Ida Lindqvist")):
            at = now - timedelta(days=number)
            campaign, agent = make_campaign(session, at), make_user(session, at)
            first, last = name.split()
            contact = make_contact(session, campaign, at, first_name=first, last_name=last)
            attempt = make_attempt(session, contact, at, agent_id=agent.id)
            stored(session, attempt, at)
            self.campaigns.append(campaign)
            self.agents.append(agent)


@pytest.fixture
def shelf(session: Session, now: datetime, house: House, tmp_path: Path) -> Shelf:
    adopt({"RECORDING_STORE": str(tmp_path), "RECORDING_DAYS": "30"})
    return Shelf(session, now)


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime, shelf: Shelf) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


def test_all_recordings_with_who_heard_them(supervisor: Visitor, session: Session, shelf: Shelf) -> None:
    page = supervisor.read("/supervisor/recordings")
    for words_there in ("Kept for 30 days", "Grace Okafor", "Ida Lindqvist", "1:05", "2 recordings"):
        assert words_there in page
    assert page.count("nobody yet") == 2
    recording = session.exec(select(Recording)).first()
    assert recording is not None
    supervisor.http.get(path_of(recording))
    page = supervisor.read("/supervisor/recordings")
    assert page.count("nobody yet") == 1
    assert "1 time" in page
    assert supervisor.user.full_name in page


@pytest.mark.parametrize("which", [0, 1])
def test_filtered_by_campaign_agent_and_day(
    supervisor: Visitor, shelf: Shelf, now: datetime, which: int
) -> None:
    here, elsewhere = ("Grace Okafor", "Ida Lindqvist")[:: 1 if which == 0 else -1]
    for query in (
        {"campaign": shelf.campaigns[which].slug},
        {"agent": str(shelf.agents[which].id)},
        {"day": f"{now - timedelta(days=which):%Y-%m-%d}"},
    ):
        page = supervisor.read("/supervisor/recordings", **query)
        assert here in page
        assert elsewhere not in page


def test_a_filter_that_nothing_fits_and_one_that_is_none(supervisor: Visitor) -> None:
    assert "No recording fits" in supervisor.read("/supervisor/recordings", day="2001-01-01")
    nonsense = {"day": "soon", "agent": "x", "campaign": "y"}
    for name in nonsense:
        answer = supervisor.get("/supervisor/recordings", **{name: nonsense[name]})
        assert answer.status_code == 422
        assert f'id="field-{name}-error"' in answer.text
        told = words(answer)
        assert f"“{nonsense[name]}”" in told
        assert "These filters can’t be read" in told
        assert "Grace Okafor" not in told


def test_nothing_recorded_yet_says_where_it_is_set(
    web: httpx.Client, session: Session, now: datetime
) -> None:
    supervisor = sign_in(web, session, now, Role.SUPERVISOR)
    assert "Nothing was recorded yet" in supervisor.read("/supervisor/recordings")
