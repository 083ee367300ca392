"""A supervisor's work in Chromium: the campaign paused and started, a call list loaded, the live floor."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from dialer.core.database import transaction
from dialer.demo.run import Demo
from dialer.demo.seed import CAMPAIGN
from dialer.domain.agent import HOUSE_PAUSES, PAUSE_CODES
from dialer.domain.campaign import CampaignEvent, CampaignState
from dialer.services import campaigns
from dialer.services.campaigns import CampaignDraft
from dialer.store import campaigns as campaign_rows
from tests.browser.chromium import open_page, sign_in

pytestmark = pytest.mark.browser
CALL_MS = 90_000
CAMPAIGN_PAGE = f"/supervisor/campaigns/{CAMPAIGN}"
SURVEY = "window-survey"
PAUSES = (*PAUSE_CODES.values(), *HOUSE_PAUSES.values())
STATES = re.compile("|".join(("Ready", "Reserved", "On call", "Wrap-up", *map(re.escape, PAUSES))))
ROWS = ["first_name,last_name,company,phone"] + [
    f"Mira,Vale{last},Vale Windows,+1 212 555 0{last}" for last in range(180, 190)
]
NUMBERS = "\n".join([*ROWS, "Odd,Number,Vale Windows,12345"]).encode()


def sent(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


@pytest.fixture
def page(demo: Demo, browser: Browser, passwords: dict[str, str]) -> Iterator[Page]:
    page = open_page(browser, demo.web_url)
    sign_in(page, "supervisor", passwords["supervisor"])
    yield page
    page.context.close()


@pytest.fixture
def running(demo: Demo) -> Iterator[None]:
    """Whatever becomes of the test, the campaign dials on after it."""
    yield
    with transaction(demo.engine) as session:
        campaign = campaign_rows.by_slug(session, CAMPAIGN)
        assert campaign is not None
        if campaign.state is not CampaignState.RUNNING:
            campaigns.move(session, campaign, CampaignEvent.START, None, demo.clock.now())


@pytest.fixture(scope="session")
def survey(demo: Demo) -> str:
    """A second campaign, in draft: its contacts are not dialled."""
    with transaction(demo.engine) as session:
        first = campaign_rows.by_slug(session, CAMPAIGN)
        assert first is not None
        draft = CampaignDraft(SURVEY, "Window survey", first.client_id, first.script_slug, first.caller_id)
        return campaigns.create(session, draft, None, demo.clock.now()).slug


@pytest.mark.usefixtures("running")
def test_the_campaign_pauses_and_starts_from_its_page(page: Page) -> None:
    page.goto(CAMPAIGN_PAGE)
    state = page.locator(".action .badge")
    expect(state).to_have_text("Running")
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("Paused")
    expect(page.get_by_role("status")).to_contain_text("is paused")
    page.get_by_role("button", name="Start").click()
    expect(state).to_have_text("Running")


@pytest.mark.usefixtures("running")
def test_pause_by_key_keeps_the_keyboard_on_the_button(page: Page) -> None:
    page.goto("/supervisor/campaigns")
    row = page.get_by_role("row", name="Home energy check")
    row.get_by_role("button", name="Pause").press("Enter")
    expect(row).to_contain_text("Sam Supervisor paused it")
    expect(row.get_by_role("button", name="Start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.locator(".badge")).to_have_text("Running")
    expect(row.get_by_role("button", name="Pause")).to_be_focused()


def test_a_call_list_from_the_file_to_its_refused_row(page: Page, survey: str) -> None:
    page.goto(f"/supervisor/lists/upload?campaign={survey}")
    page.get_by_label("File", exact=True).set_input_files(sent("windows.csv", NUMBERS))
    page.get_by_role("button", name="Show how it will be read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("windows.csv")
    expect(page.locator("#field-phone")).to_have_value("phone")
    expect(page.locator("#field-company")).to_have_value("company")
    rows = page.locator("#rows")
    expect(rows.locator("tbody tr")).to_have_count(11)
    expect(rows.locator("tbody tr").first).to_contain_text("+1 212-555-0180")
    expect(rows).to_contain_text("1 of them will be refused")
    page.locator("#field-company").select_option("")
    expect(rows.get_by_role("columnheader", name="Company")).to_have_count(0)
    page.locator("#field-company").select_option("company")
    expect(rows.get_by_role("columnheader", name="Company")).to_be_visible()
    page.get_by_role("button", name="Load 11 rows").click()
    expect(page.get_by_role("status")).to_contain_text("The list is loaded.")
    expect(page.get_by_role("heading", name="11 rows read")).to_be_visible()
    expect(page.locator(".figures dt")).to_have_text(["New", "Updated", "Duplicate", "Suppressed", "Invalid"])
    expect(page.locator(".figures dd")).to_have_text(["10", "0", "0", "0", "1"])
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all 1").click()
    header, *refused = csv.reader(Path(download.value.path()).read_text().splitlines())
    assert header[:3] == ["line", "reason", "message"]
    assert [row[-4:] for row in refused] == [["Odd", "Number", "Vale Windows", "12345"]]


def test_a_file_without_rows_is_told_at_the_form_that_stays_filled_in(page: Page, survey: str) -> None:
    page.goto("/supervisor/lists/upload")
    page.get_by_label("Campaign").select_option(survey)
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Name of the call list").fill("From the fair")
    page.get_by_label("File", exact=True).set_input_files(sent("empty.csv", b"\n"))
    page.get_by_role("button", name="Show how it will be read").click()
    expect(page.locator("#file-error")).to_be_visible()
    expect(page.get_by_label("Campaign")).to_have_value(survey)
    expect(page.get_by_label("Country")).to_have_value("GB")
    expect(page.get_by_label("Name of the call list")).to_have_value("From the fair")


def test_a_list_without_numbers_is_told_and_stays_with_its_campaign(page: Page, survey: str) -> None:
    page.goto("/supervisor/lists/upload")
    page.get_by_label("Campaign").select_option(survey)
    names = b"first_name,city\nMira,Albany\nOdile,Utica\n"
    page.get_by_label("File", exact=True).set_input_files(sent("names.csv", names))
    page.get_by_role("button", name="Show how it will be read").click()
    expect(page.get_by_role("alert")).to_contain_text("No column of this list holds telephone numbers")
    expect(page.locator(".head")).to_contain_text("Window survey")
    page.get_by_role("button", name="Load 2 rows").click()
    expect(page.locator("#field-phone:invalid")).to_be_focused()


def test_the_live_floor_shows_the_robots_and_moves_by_itself(page: Page) -> None:
    page.goto("/supervisor/floor")
    agents = page.get_by_role("region", name="Agents")
    for name in ("Ansel Robot 1", "Bettina Robot 2"):
        row = agents.get_by_role("row", name=name)
        expect(row.locator('[data-label="State"]')).to_have_text(STATES, timeout=CALL_MS)
    since = agents.get_by_role("row", name="Ansel Robot 1").locator('[data-label="For"] time')
    expect(since).not_to_have_attribute("title", since.get_attribute("title") or "", timeout=CALL_MS)
