"""Concluding a call in Chromium: what is missing is told beside its field, what is chosen is not lost."""

import pytest
from playwright.sync_api import Page, Route, expect

from dialer.core.database import transaction
from dialer.services import call_control
from dialer.store import audit
from dialer.store.attempts import Attempt
from dialer.store.users import User
from tests.browser.seeing import faint_words
from tests.browser.test_desk_call import call, desk
from tests.house import wait_for
from workers import jobs

pytestmark = pytest.mark.browser
CALL_MS = 60_000
__all__ = ["call", "desk"]


def chosen(attempt: Attempt) -> list[tuple[str, str | None]]:
    with transaction() as session:
        found = audit.of_subject(session, f"attempt {attempt.id}", {"disposition_chosen"})
        return [(entry.detail["disposition"], entry.detail["reason"]) for entry in found]


def test_what_is_missing_is_told_beside_its_field_which_gets_the_focus(desk: Page) -> None:
    save, script = desk.locator("[data-save]"), desk.locator(".script")
    before = [save.bounding_box(), script.bounding_box()]
    desk.keyboard.press("Enter")
    expect(desk.locator("#disposition-error")).to_have_text("Choose a disposition.")
    expect(desk.get_by_role("radio", name="Lead")).to_be_focused()
    expect(desk.get_by_role("radiogroup", name="Disposition")).to_have_attribute("aria-invalid", "true")
    assert [save.bounding_box(), script.bounding_box()] == before
    desk.keyboard.press("n")
    expect(desk.locator("#disposition-error")).to_be_hidden()
    expect(desk.locator("#reason")).to_be_focused()
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("alert").filter(has_text="Choose a reason.")).to_be_visible()
    expect(desk.locator("#reason")).to_be_focused()
    expect(desk.locator("#reason")).to_have_accessible_description("Choose a reason.")
    assert faint_words(desk, ".conclude") == []
    desk.keyboard.press("Escape")
    desk.keyboard.press("b")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#callback-at-error")).to_have_text("Give the date and time to call back.")
    expect(desk.locator("#callback-at")).to_be_focused()
    expect(desk.locator("#reason-error")).to_be_hidden()


def test_what_the_server_refuses_is_told_there_too_and_nothing_is_lost(desk: Page) -> None:
    desk.locator("#notes").fill("Works nights.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("b")
    desk.locator("#callback-at").fill("2020-01-02T22:15")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#callback-at-error")).to_contain_text(
        "needs a date and time to come", timeout=CALL_MS
    )
    expect(desk.locator("#callback-at")).to_be_focused()
    expect(desk.locator("#callback-at")).to_have_value("2020-01-02T22:15")
    expect(desk.locator("#notes")).to_have_value("Works nights.")


def test_a_state_that_comes_before_the_answer_does_not_lose_it(
    desk: Page, call: tuple[User, Attempt]
) -> None:
    held: list[Route] = []
    desk.keyboard.press("b")
    desk.locator("#callback-at").fill("2020-01-02T22:15")
    for path in ("state", "disposition"):
        desk.route(f"**/desk/{path}", lambda route: held.append(route))
    with desk.expect_request("**/desk/state"), transaction() as session:
        call_control.look_again(session, call[0].id)
    with desk.expect_request("**/desk/disposition"):
        desk.keyboard.press("Control+Enter")
    with desk.expect_response("**/desk/state"):
        held[0].continue_()
    held[1].continue_()
    expect(desk.locator("#callback-at-error")).to_contain_text("needs a date and time to come")
    desk.unroute_all(behavior="ignoreErrors")


def test_what_is_chosen_is_kept_and_the_desk_says_that_it_will_be_saved(
    desk: Page, call: tuple[User, Attempt]
) -> None:
    attempt = call[1]
    jobs.hang_up(str(attempt.id))
    expect(desk.locator('#desk[data-state="wrap_up"]')).to_be_visible(timeout=CALL_MS)
    bar = desk.locator(".callbar-do").bounding_box()
    expect(desk.locator("#saved-as")).to_have_text("Wrap-up ran out")
    desk.keyboard.press("n")
    expect(desk.locator("#saved-as")).to_have_text("Wrap-up ran out")
    desk.locator("#reason").select_option("no_funds")
    expect(desk.locator("#saved-as")).to_have_text("Not interested")
    assert desk.locator(".callbar-do").bounding_box() == bar
    wait_for(lambda: ("not_interested", "no_funds") in chosen(attempt))
