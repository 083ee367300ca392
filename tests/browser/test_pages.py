"""Every page of every role in Chromium, wide and narrow, light and dark; a manager's number and leads."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from sqlmodel import select

from dialer.core.database import transaction
from dialer.demo.run import Demo
from dialer.demo.seed import CAMPAIGN
from dialer.domain import metrics
from dialer.services import list_uploads
from dialer.store import campaigns
from dialer.store.call_lists import CallList
from dialer.store.contacts import Contact
from dialer.store.leads import Lead
from dialer.store.users import by_username
from tests.browser.chromium import DESKTOP, PHONE, open_page, sign_in
from tests.browser.seeing import RING

pytestmark = pytest.mark.browser
LEAD_SECONDS = 300
SUPERVISOR = (
    "/supervisor/campaigns",
    "/supervisor/campaigns/new",
    f"/supervisor/campaigns/{CAMPAIGN}",
    "/supervisor/lists",
    "/supervisor/lists/upload",
    "/supervisor/lists/uploads/{upload}",
    "/supervisor/lists/{call_list}",
    "/supervisor/contacts",
    "/supervisor/contacts/{contact}",
    "/supervisor/suppressions",
    "/supervisor/floor",
    "/supervisor/recordings",
    "/supervisor/verdicts",
)
ABANDONED = ("/manager/abandoned-calls", f"/manager/abandoned-calls/{CAMPAIGN}")
LEADS_PER_HOUR = "/manager/leads-per-hour"
MANAGER = (LEADS_PER_HOUR, f"{LEADS_PER_HOUR}?span=30", "/manager/leads", "/manager/leads/{lead}", *ABANDONED)
PAGES = {
    "nobody": ("/sign-in",),
    "agent": ("/desk",),
    "supervisor": (*SUPERVISOR, LEADS_PER_HOUR, *ABANDONED),
    "manager": MANAGER,
    "admin": (*SUPERVISOR, *MANAGER, "/admin/users"),
}
WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="session")
def lead_id(demo: Demo) -> int:
    """A lead that a robot made."""
    deadline = time.monotonic() + LEAD_SECONDS
    while demo.numbers().leads < 1:
        assert time.monotonic() < deadline, "no robot made a lead"
        time.sleep(0.25)
    with transaction(demo.engine) as session:
        lead = session.exec(select(Lead)).first()
        assert lead is not None
        return lead.id


@pytest.fixture(scope="session")
def ids(demo: Demo, lead_id: int) -> dict[str, object]:
    """What stands in the addresses of single rows."""
    with transaction(demo.engine) as session:
        supervisor = by_username(session, "supervisor")
        call_list = session.exec(select(CallList)).first()
        assert supervisor is not None
        assert call_list is not None
        content = b"first_name,phone\nMira,+1 212 555 0190\nOdile,12345\n"
        campaign = campaigns.by_slug(session, CAMPAIGN)
        upload = list_uploads.keep(
            session, campaign, "", "US", "two.csv", content, supervisor.id, demo.clock.now()
        )
        contact = session.exec(select(Contact)).first()
        assert contact is not None
        return {
            "lead": lead_id,
            "call_list": call_list.id,
            "upload": upload.id,
            "contact": contact.id,
        }


@pytest.fixture
def manager(demo: Demo, browser: Browser, passwords: dict[str, str]) -> Iterator[Page]:
    page = open_page(browser, demo.web_url)
    sign_in(page, "manager", passwords["manager"])
    yield page
    page.context.close()


@pytest.fixture
def supervisor(demo: Demo, browser: Browser, passwords: dict[str, str]) -> Iterator[Page]:
    page = open_page(browser, demo.web_url)
    sign_in(page, "supervisor", passwords["supervisor"])
    yield page
    page.context.close()


def complaints(page: Page, origin: str) -> list[str]:
    """Grows by every error in the console and every request that goes elsewhere."""
    heard: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(f"{page.url}: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    page.on("request", lambda sent: heard.append(sent.url) if not sent.url.startswith(f"{origin}/") else None)
    return heard


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("role", PAGES)
def test_every_page_fits_in_light_and_dark_and_asks_nobody_else(
    demo: Demo,
    browser: Browser,
    passwords: dict[str, str],
    ids: dict[str, object],
    role: str,
    size: dict[str, int],
) -> None:
    page = open_page(browser, demo.web_url, size)
    heard = complaints(page, demo.web_url)
    if role != "nobody":
        sign_in(page, role, passwords[role])
    too_wide, alike = [], []
    for address in PAGES[role]:
        response = page.goto(address.format_map(ids))
        assert response is not None
        assert response.status == 200, address
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        backgrounds = []
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if theme == "light" else "dark")
            wide, window = page.evaluate(WIDTHS)
            backgrounds.append(page.evaluate(BACKGROUND))
            if wide > window:
                too_wide.append(f"{address} {theme}: {wide} of {window}")
        if len(set(backgrounds)) == 1:
            alike.append(f"{address}: {backgrounds[0]} in both themes")
    page.context.close()
    assert (too_wide, alike, heard) == ([], [], [])


def test_leads_per_hour_is_told_with_its_definition_its_chart_and_its_table(
    manager: Page, lead_id: int
) -> None:
    manager.goto(LEADS_PER_HOUR)
    told = manager.get_by_role("region", name="Leads per hour dialled")
    expect(told.locator(".headline-number strong")).to_have_text(re.compile(r"^\d[\d,]*\.\d\d$"))
    expect(told).to_contain_text(metrics.LEADS_PER_HOUR_DIALLED)
    hours = manager.get_by_role("region", name="By hour of the day")
    expect(hours.get_by_role("img", name="Leads per hour dialled")).to_be_visible()
    expect(hours.get_by_role("row").nth(1)).to_contain_text(re.compile(r"\d\d:00"))
    expect(manager.get_by_role("region", name="By agent")).to_contain_text("Ansel Robot 1")


def test_a_follow_up_logged_in_time_meets_the_sla(manager: Page, lead_id: int) -> None:
    manager.goto("/manager/leads?sla=running")
    link = manager.locator("tbody th a").first
    address = link.get_attribute("href") or ""
    link.click()
    expect(manager.locator(".note").first).to_contain_text("The first follow-up is due")
    manager.get_by_label("How").select_option(label="Call")
    manager.get_by_label("What was said").fill("Wants a visit on Monday.")
    manager.get_by_role("button", name="Log follow-up").click()
    expect(manager.get_by_role("status")).to_contain_text("The follow-up is logged.")
    expect(manager.locator(".facts .badge")).to_have_text("SLA met")
    expect(manager.locator(".timeline")).to_contain_text("Wants a visit on Monday.")
    manager.goto("/manager/leads?sla=met")
    expect(manager.locator(f'tbody th a[href="{address}"]')).to_be_visible()


def test_the_skip_link_is_the_first_stop_and_leads_into_the_content(supervisor: Page) -> None:
    supervisor.goto("/supervisor/campaigns")
    supervisor.keyboard.press("Tab")
    skip = supervisor.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    supervisor.keyboard.press("Enter")
    expect(supervisor.locator("#content")).to_be_focused()
    supervisor.keyboard.press("Tab")
    expect(supervisor.locator("#content :focus")).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_focused_button_wears_a_ring(supervisor: Page, theme: str) -> None:
    supervisor.emulate_media(color_scheme="light" if theme == "light" else "dark")
    supervisor.goto("/supervisor/campaigns")
    button = supervisor.get_by_role("row", name="Home energy check").get_by_role("button", name="Pause")
    button.press("Shift")
    expect(button).to_be_focused()
    assert supervisor.evaluate(RING)
