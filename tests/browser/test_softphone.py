"""The browser's telephone in Chromium with a fake microphone, as far as it goes without Twilio."""

from collections.abc import Iterator
from datetime import datetime

import jwt
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlmodel import Session

from dialer.app import SECURITY_HEADERS
from dialer.domain.agent import AgentLine
from dialer.domain.user import Role
from dialer.store.users import User
from tests.browser.chromium import open_page, sign_in
from tests.browser.softphone import CALL_SID, Signalling, microphone
from tests.factories import make_account, make_campaign
from tests.house import ACCOUNT_SID, House, commit

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("web")]
KEY_SID, SECRET = "SK" + "0" * 32, "a secret of at least thirty-two bytes"
PASSWORD = "correct horse battery"


@pytest.fixture
def agent(house: House, session: Session, now: datetime) -> User:
    """An agent who speaks in her browser, and a campaign to sign on to."""
    house.furnish(TWILIO_API_KEY_SID=KEY_SID, TWILIO_API_KEY_SECRET=SECRET)
    make_campaign(session, now)
    user = make_account(session, now, Role.AGENT, PASSWORD)
    commit(session)
    return user


@pytest.fixture
def page(browser: Browser, started_web: str, agent: User) -> Iterator[Page]:
    page = open_page(browser, started_web)
    page.context.grant_permissions(["microphone"])
    yield page
    page.context.close()


def at_desk(page: Page, agent: User) -> None:
    sign_in(page, agent.username, PASSWORD)
    expect(page.get_by_role("heading", name="Desk")).to_be_visible()


def headset(page: Page, says: str) -> None:
    expect(page.locator("#headset-state")).to_have_text(says)


def softphone(page: Page, says: str) -> None:
    expect(page.locator("#softphone")).to_contain_text(says)


def test_the_device_is_set_up_with_our_token_and_registers(page: Page, agent: User) -> None:
    twilio = Signalling()
    twilio.answer(page)
    at_desk(page, agent)
    headset(page, "Headset ready")
    expect(page.locator("#softphone")).to_be_hidden()
    claims = jwt.decode(twilio.tokens()[0], SECRET, algorithms=["HS256"])
    assert claims["sub"] == ACCOUNT_SID
    assert claims["grants"] == {"identity": f"agent_{agent.id}", "voice": {"incoming": {"allow": True}}}
    assert twilio.count("register") == 1


def test_without_a_network_to_twilio_it_is_told_in_words(page: Page, agent: User) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    at_desk(page, agent)
    softphone(page, "No connection to the telephone network")
    softphone(page, "310")
    headset(page, "Trouble")
    assert refused == []


def test_without_the_microphone_no_line_is_opened_and_no_shift_begins(page: Page, agent: User) -> None:
    microphone(page, "denied")
    twilio = Signalling()
    twilio.answer(page)
    at_desk(page, agent)
    softphone(page, "This page may not use the microphone")
    page.get_by_role("button", name="Start shift").click()
    expect(page.get_by_role("dialog", name="Check your headset")).to_be_visible()
    expect(page.locator('#desk[data-state="offline"]')).to_have_count(1)
    assert twilio.heard == []
    microphone(page, "granted")
    headset(page, "Headset ready")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Start shift").click()
    expect(page.locator('#desk[data-state="connecting"]')).to_be_visible()


def test_the_headset_is_checked_by_level_and_devices(page: Page, agent: User) -> None:
    Signalling().answer(page)
    at_desk(page, agent)
    page.get_by_role("button", name="Headset ready").click()
    dialog = page.get_by_role("dialog", name="Check your headset")
    expect(dialog).to_contain_text("We hear you.")
    options = dialog.get_by_label("Microphone", exact=True).locator("option")
    assert options.count() > 1
    second = options.nth(1).get_attribute("value") or ""
    dialog.get_by_label("Microphone", exact=True).select_option(second)
    expect(dialog).to_contain_text("We hear you.")
    page.reload()
    page.get_by_role("button", name="Headset ready").click()
    expect(page.get_by_label("Microphone", exact=True)).to_have_value(second)
    assert page.evaluate("document.querySelector('#microphone-level').value") is not None


def test_a_token_is_fetched_anew_before_it_ends(page: Page, agent: User) -> None:
    page.clock.install()
    twilio = Signalling()
    twilio.answer(page)
    at_desk(page, agent)
    headset(page, "Headset ready")
    page.route("**/voice-token", lambda route: route.fulfill(status=503))
    page.clock.fast_forward("45:01")
    softphone(page, "No new token: the server answered 503")
    page.unroute("**/voice-token")
    with page.expect_response("**/voice-token") as fetched:
        page.clock.fast_forward("00:16")
    headset(page, "Headset ready")
    expect(page.locator("#softphone")).to_be_hidden()
    assert twilio.tokens()[-1] == fetched.value.json()["token"]


def test_a_refused_token_is_told_and_a_new_one_fetched(page: Page, agent: User) -> None:
    page.clock.install()
    twilio = Signalling(refuses=31205)
    twilio.answer(page)
    at_desk(page, agent)
    softphone(page, "does not accept this page's token")
    softphone(page, "20104")
    twilio.refuses = None
    page.clock.fast_forward("00:20")
    headset(page, "Headset ready")


def test_lost_signalling_comes_back_with_one_registration(page: Page, agent: User) -> None:
    twilio = Signalling()
    twilio.answer(page)
    at_desk(page, agent)
    headset(page, "Headset ready")
    before = twilio.count("register")
    twilio.sockets[-1].close(code=1001)
    expect(page.locator("#headset-state")).to_have_text("Headset ready")
    while len(twilio.sockets) < 2 or twilio.count("register") == before:
        page.wait_for_timeout(20)
    headset(page, "Headset ready")
    assert twilio.count("register") == before + 1


def test_nothing_shows_where_there_is_no_key_or_a_telephone_rings(
    page: Page, agent: User, house: House, session: Session
) -> None:
    session.get_one(User, agent.id).line = AgentLine.PHONE
    commit(session)
    at_desk(page, agent)
    with page.expect_response("**/voice-token") as answer:
        page.reload()
    assert answer.value.status == 204
    expect(page.locator("#headset-button")).to_be_hidden()
    session.get_one(User, agent.id).line = AgentLine.BROWSER
    commit(session)
    house.leave()
    house.furnish()
    with page.expect_response("**/voice-token") as answer:
        page.reload()
    assert answer.value.status == 204
    expect(page.locator("#headset-button")).to_be_hidden()
    page.get_by_role("button", name="Start shift").click()
    expect(page.locator('#desk[data-state="connecting"]')).to_be_visible()


def test_her_line_is_taken_kept_while_signalling_is_lost_and_guarded(page: Page, agent: User) -> None:
    twilio = Signalling()
    twilio.answer(page)
    at_desk(page, agent)
    headset(page, "Headset ready")
    twilio.ring(page)
    headset(page, "On the line")
    twilio.sockets[-1].close(code=1001)
    headset(page, "Reconnecting")
    softphone(page, "Your call is kept")
    while not twilio.count("invite"):
        page.wait_for_timeout(20)
    assert "voice-js.ashburn" in twilio.sockets[-1].url
    assert twilio.sockets[-1].url.removesuffix("/signal") in SECURITY_HEADERS["Content-Security-Policy"]
    twilio.say("answer", {"callsid": CALL_SID})
    headset(page, "On the line")
    twilio.say("hangup", {"callsid": CALL_SID})
    headset(page, "Headset ready")
    twilio.ring(page)
    headset(page, "On the line")
    asked: list[str] = []

    def stay_or_go(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay_or_go)
    page.reload()
    assert asked == ["beforeunload"]
