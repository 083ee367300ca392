"""What a storm's house dials: a campaign for each way to deal with machines, all of them recorded."""

from datetime import datetime

from sqlmodel import Session, select

from dialer.demo import seed
from dialer.demo.people import fictional_list
from dialer.domain.campaign import CampaignEvent, MachineDetection, RecordingMode
from dialer.services import call_lists, campaigns
from dialer.services.campaigns import CampaignDraft
from dialer.services.list_files import open_list
from dialer.store import caller_ids
from dialer.store import campaigns as campaign_rows
from dialer.store.campaigns import Campaign
from dialer.store.dispositions import Disposition

CONTACTS = 600
AGAIN_AFTER_MINUTES = 20
"""So that the same people are called again and again in one storm."""
MESSAGE = "This is Brightside Home Energy about your request. Please call us at 800 555 0199."
OTHERS = {
    "before": (MachineDetection.BEFORE_CONNECTING, RecordingMode.ALWAYS),
    "while": (MachineDetection.WHILE_CONNECTING, RecordingMode.ON_CONSENT),
}


def sow(session: Session, now: datetime) -> None:
    first = campaign_rows.by_slug(session, seed.CAMPAIGN)
    assert first is not None
    first.recording, first.voicemail_message = RecordingMode.ALWAYS, MESSAGE
    for position, (slug, (detection, recording)) in enumerate(OTHERS.items(), 1):
        _add(session, first, position, slug, detection, recording, now)
    for campaign in campaign_rows.everything(session):
        campaign.attempts_allowed = 30
    for disposition in session.exec(select(Disposition)):
        disposition.retry_minutes = min(disposition.retry_minutes, AGAIN_AFTER_MINUTES)


def _add(
    session: Session,
    first: Campaign,
    position: int,
    slug: str,
    detection: MachineDetection,
    recording: RecordingMode,
    now: datetime,
) -> None:
    draft = CampaignDraft(
        slug=slug,
        name=f"Machines {slug} connecting",
        client_id=first.client_id,
        script_slug=first.script_slug,
        caller_id=first.caller_id,
        local_presence=True,
        wrap_up_seconds=180,
        lead_owner_id=first.lead_owner_id,
        machine_detection=detection,
        recording=recording,
        voicemail_message=MESSAGE,
        verdict_review_percent=50,
    )
    campaign = campaigns.create(session, draft, None, now)
    for number in seed.OTHER_CALLER_IDS:
        caller_ids.include(session, campaign.id, number, now)
    file = open_list(fictional_list(CONTACTS, position))
    call_lists.load(session, campaign, file, call_lists.Load(name=slug, country="US"), now)
    campaigns.move(session, campaign, CampaignEvent.START, None, now)
