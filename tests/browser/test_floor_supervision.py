"""The live floor in Chromium: a supervisor's telephone in the page, and keys that change what she does."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from dialer.core.clock import utc_now
from dialer.domain.leg import LegPurpose, LegState
from dialer.domain.user import Role
from dialer.services import attempts
from dialer.store import legs
from dialer.store.agent_sessions import AgentSession
from dialer.store.attempts import Attempt
from dialer.store.users import User
from tests.browser.chromium import open_page, sign_in
from tests.browser.seeing import faint_words, reached_by_tab
from tests.browser.softphone import Signalling, microphone
from tests.factories import make_account, sid, talk
from tests.house import House, commit

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("web")]
POLLS = """(elt) => elt.dispatchEvent(
  new CustomEvent("htmx:beforeRequest", { bubbles: true, cancelable: true, detail: { elt } }))"""
PLACES = """() => [...document.querySelectorAll("#agents :is(thead th, tbody tr), #queues")].map((part) => {
  const { x, y, width, height } = part.getBoundingClientRect();
  return [x, y, width, height];
})"""
PASSWORD = "correct horse battery"


@pytest.fixture
def supervisor(house: House, session: Session, now: datetime) -> User:
    house.furnish(
        TWILIO_API_KEY_SID="SK" + "0" * 32, TWILIO_API_KEY_SECRET="a secret of thirty-two bytes, at least"
    )
    user = make_account(session, now, Role.SUPERVISOR, PASSWORD)
    commit(session)
    return user


@pytest.fixture
def page(browser: Browser, started_web: str, supervisor: User) -> Iterator[Page]:
    page = open_page(browser, started_web)
    page.context.grant_permissions(["microphone"])
    yield page
    page.context.close()


@pytest.fixture
def agent(session: Session, now: datetime, supervisor: User) -> AgentSession:
    agent = talk(session, now).agent
    commit(session)
    return agent


def purpose(session: Session, agent: AgentSession) -> LegPurpose:
    session.expire_all()
    return legs.open_of_session(session, agent.id)[-1].purpose


def test_nobody_is_asked_for_the_microphone_before_she_listens(
    page: Page, supervisor: User, agent: AgentSession, session: Session
) -> None:
    microphone(page, "denied")
    twilio = Signalling()
    twilio.answer(page)
    sign_in(page, supervisor.username, PASSWORD)
    page.goto("/supervisor/floor")
    expect(page.locator("#headset-state")).to_have_text("Headset")
    expect(page.locator("#softphone")).to_be_hidden()
    page.get_by_role("button", name="Listen").click()
    dialog = page.get_by_role("dialog", name="Check your headset")
    expect(dialog).to_contain_text("may not use the microphone")
    assert (twilio.heard, legs.open_of_session(session, agent.id)) == ([], [])
    microphone(page, "granted")
    dialog.get_by_role("button", name="Check again").click()
    expect(page.locator("#headset-state")).to_have_text("Headset ready")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Listen").click()
    expect(page.get_by_text("Your line rings")).to_be_visible()


def test_listening_by_click_and_changing_by_key(
    page: Page, supervisor: User, agent: AgentSession, session: Session
) -> None:
    twilio = Signalling()
    twilio.answer(page)
    sign_in(page, supervisor.username, PASSWORD)
    page.goto("/supervisor/floor")
    expect(page.locator("#headset-state")).to_have_text("Headset ready")
    page.get_by_role("button", name="Listen").click()
    expect(page.get_by_text("Your line rings")).to_be_visible()
    leg = legs.open_of_session(session, agent.id)[-1]
    leg.state, leg.call_sid = LegState.JOINED, sid()
    commit(session)
    expect(page.get_by_text("Your line rings")).to_be_hidden()
    twilio.ring(page)
    expect(page.locator("#headset-state")).to_have_text("On the line")
    for key, word, wanted in (("w", "Whisper", LegPurpose.WHISPER), ("b", "Barge in", LegPurpose.BARGE)):
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=word)).to_have_attribute("aria-pressed", "true")
        assert purpose(session, agent) is wanted
    asked = page.get_by_role("alertdialog", name="Take this call over from")
    page.keyboard.press("t")
    expect(asked.get_by_role("button", name="Take over")).to_be_focused()
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    assert purpose(session, agent) is LegPurpose.BARGE
    page.keyboard.press("t")
    expect(asked).to_be_visible()
    assert not page.locator("#floor").evaluate(POLLS), "it is swapped from under the question"
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="End the call")).to_be_visible()
    assert purpose(session, agent) is LegPurpose.HAND_ON


def test_the_end_of_her_call_is_told_and_her_keys_say_that_there_is_none(
    page: Page, supervisor: User, agent: AgentSession, session: Session, now: datetime
) -> None:
    twilio = Signalling()
    twilio.answer(page)
    sign_in(page, supervisor.username, PASSWORD)
    page.goto("/supervisor/floor")
    expect(page.locator("#headset-state")).to_have_text("Headset ready")
    before = page.evaluate(PLACES)
    page.keyboard.press("w")
    expect(page.locator(".toast")).to_contain_text("You are in no call")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Listen").click()
    expect(page.locator(".own-call")).to_contain_text("You listen to")
    leg = legs.open_of_session(session, agent.id)[-1]
    attempt = session.get_one(Attempt, leg.attempt_id)
    attempts.progress(session, attempt, str(attempt.call_sid), "completed", None, now)
    leg.state, leg.joined_at, leg.ended_at = LegState.ENDED, utc_now(), utc_now()
    commit(session)
    expect(page.locator(".own-call")).to_contain_text("The call has ended at")
    expect(page.locator("#announce")).to_contain_text("The call has ended at")
    assert page.evaluate(PLACES) == before
    assert faint_words(page, ".own-call") == []
    for key in "wbts":
        page.keyboard.press(key)
        expect(page.locator(".toast")).to_contain_text("The call has ended at")
        page.keyboard.press("Escape")


def test_no_column_moves_when_she_joins_and_switching_is_told_until_it_is_done(
    page: Page, supervisor: User, agent: AgentSession, session: Session
) -> None:
    twilio = Signalling()
    twilio.answer(page)
    sign_in(page, supervisor.username, PASSWORD)
    page.goto("/supervisor/floor")
    expect(page.locator("#headset-state")).to_have_text("Headset ready")
    before = page.evaluate(PLACES)
    page.get_by_role("button", name="Listen").click()
    expect(page.get_by_text("Your line rings")).to_be_visible()
    assert page.evaluate(PLACES) == before
    leg = legs.open_of_session(session, agent.id)[-1]
    leg.state, leg.call_sid = LegState.JOINED, sid()
    commit(session)
    expect(page.get_by_text("Listening", exact=True)).to_be_visible()
    assert faint_words(page, "#agents") == []
    page.locator(f"#of-{agent.id}").focus()
    assert reached_by_tab(page, "#agents", 5) == [*"LWBTS"]
    page.keyboard.press("w")
    expect(page.get_by_text("Switching", exact=True)).to_be_visible()
    assert page.evaluate(PLACES) == before
    session.expire_all()
    leg = legs.open_of_session(session, agent.id)[-1]
    leg.carrier_error = None
    commit(session)
    expect(page.get_by_text("Whispering", exact=True)).to_be_visible()
    expect(page.get_by_text("Switching", exact=True)).to_be_hidden()
    assert page.evaluate(PLACES) == before
