"""An agent's work in Chromium: a shift from the sign-in to the saved disposition, by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from dialer.core.database import transaction
from dialer.demo.run import Demo
from dialer.store.attempts import Answer, Attempt
from dialer.store.dispositions import Disposition
from tests.browser.chromium import open_page, sign_in

pytestmark = pytest.mark.browser
CALL_MS = 180_000


@pytest.fixture
def desk(demo: Demo, browser: Browser, passwords: dict[str, str]) -> Iterator[Page]:
    page = open_page(browser, demo.web_url)
    sign_in(page, "agent", passwords["agent"])
    yield page
    page.context.close()


def wait_for_state(page: Page, *states: str) -> None:
    either = ", ".join(f'#desk[data-state="{state}"]' for state in states)
    expect(page.locator(either)).to_be_visible(timeout=CALL_MS)


def start_shift(page: Page) -> None:
    if page.locator('#desk[data-state="offline"]').count():
        page.get_by_role("button", name="Start shift").click()


def wait_for_call(page: Page) -> str:
    wait_for_state(page, "on_call", "wrap_up")
    return page.locator("#desk").get_attribute("data-attempt") or ""


def test_a_wrong_password_is_told_and_the_name_kept(demo: Demo, browser: Browser) -> None:
    page = open_page(browser, demo.web_url)
    page.goto("/sign-in")
    page.get_by_label("User name").fill("agent")
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("don't go together")
    expect(page.get_by_label("User name")).to_have_value("agent")
    page.context.close()


def test_a_call_from_ready_to_saved_by_keyboard(demo: Demo, desk: Page) -> None:
    start_shift(desk)
    attempt_id = wait_for_call(desk)
    expect(desk.locator(".script .view:not([hidden]) h2")).to_be_visible()
    expect(desk.locator(".person h2")).not_to_be_empty()
    desk.keyboard.press(".")
    desk.keyboard.type("Likes mornings.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("t")
    expect(desk.locator("#disposition-not_now")).to_be_checked()
    desk.keyboard.press("Enter")
    expect(desk.locator(f'#desk[data-attempt="{attempt_id}"]')).to_have_count(0, timeout=CALL_MS)
    with transaction(demo.engine) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert attempt.disposition_id is not None
        assert session.get_one(Disposition, attempt.disposition_id).code == "not_now"
        assert attempt.notes == "Likes mornings."


def test_answers_survive_a_reload_in_mid_call_and_make_the_lead(demo: Demo, desk: Page) -> None:
    start_shift(desk)
    attempt_id = wait_for_call(desk)
    question = desk.locator("[data-question]").filter(has=desk.locator("input[type=radio]")).first
    key = question.get_attribute("data-question") or ""
    view = desk.locator(".view").filter(has=desk.locator(f'[data-question="{key}"]')).first
    steps = 0
    while not view.is_visible() and steps < 30:
        desk.keyboard.press("ArrowRight")
        steps += 1
    with desk.expect_response(re.compile("/desk/answers")) as stored:
        view.locator(f'[data-question="{key}"] label').first.click()
    assert stored.value.status == 204
    desk.reload()
    expect(desk.locator(f'#desk[data-attempt="{attempt_id}"]')).to_be_visible()
    expect(desk.locator(f'[data-question="{key}"] input:checked').first).to_have_count(1)
    desk.keyboard.press("l")
    desk.keyboard.press("Enter")
    expect(desk.locator(f'#desk[data-attempt="{attempt_id}"]')).to_have_count(0, timeout=CALL_MS)
    with transaction(demo.engine) as session:
        answers = session.exec(select(Answer).where(Answer.attempt_id == attempt_id)).all()
        assert [answer.question_key for answer in answers] == [key]


def test_a_second_tab_shows_the_same_call_and_saving_twice_is_told(desk: Page) -> None:
    start_shift(desk)
    attempt_id = wait_for_call(desk)
    other = desk.context.new_page()
    other.goto("/desk")
    expect(other.locator(f'#desk[data-attempt="{attempt_id}"]')).to_be_visible()
    form: dict[str, str | float | bool] = {"attempt_id": attempt_id, "disposition": "not_now"}
    token = desk.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    headers = {"X-CSRF-Token": token, "HX-Request": "true"}
    first = desk.request.post("/desk/disposition", form=form, headers=headers)
    again = desk.request.post("/desk/disposition", form=form, headers=headers)
    different = desk.request.post(
        "/desk/disposition", form=form | {"disposition": "wrong_number"}, headers=headers
    )
    assert (first.status, again.status, different.status) == (200, 200, 409)
    assert "Not now" in different.headers["x-message"]


def test_pause_and_end_of_shift(desk: Page) -> None:
    start_shift(desk)
    wait_for_state(desk, "ready", "on_call", "wrap_up")
    desk.keyboard.press("P")
    desk.get_by_role("button", name="Lunch").click()
    while desk.locator('#desk[data-state="paused"]').count() == 0:
        wait_for_state(desk, "paused", "on_call", "wrap_up")
        if desk.locator('#desk[data-state="paused"]').count() == 0:
            desk.keyboard.press("h")
            desk.keyboard.press("Enter")
    expect(desk.locator("#desk")).to_contain_text("Lunch")
    desk.get_by_role("button", name="End shift").click()
    wait_for_state(desk, "offline")
