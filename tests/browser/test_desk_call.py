"""The controls of a call in Chromium, by keyboard: hold, mute, keypad, and passing the call on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from dialer.core.clock import utc_now
from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.domain.agent import LineState
from dialer.domain.user import Role
from dialer.services import agents
from dialer.services.numbers import as_read
from dialer.store.attempts import Attempt
from dialer.store.users import User
from tests.browser.chromium import open_page, sign_in
from tests.browser.seeing import faint_words, reached_by_tab
from tests.factories import make_account, make_campaign, make_user, phone
from tests.house import queued, wait_for
from tests.sandbox.servers import Twilio
from tests.web.visitor import PASSWORD
from tests.workers.situations import LONG, line_of, on_call, stays
from tests.workers.test_transfers import works
from workers import jobs

pytestmark = pytest.mark.browser


@pytest.fixture
def call(started_web: str, sandbox: Twilio) -> tuple[User, Attempt]:
    """An agent with a password, and a person whom she talks with."""
    now = utc_now()
    with transaction() as session:
        user = make_account(session, now, Role.AGENT, PASSWORD)
        agent = agents.start(session, user, make_campaign(session, now, ring_seconds=60), now)
        make_user(session, now, Role.MANAGER, full_name="Rita Rep", phone=phone())
        session.info.clear()
    jobs.call_agent(str(agent.id))
    _, attempt = on_call(sandbox, line_of(agent, LineState.UP))
    get_redis().flushall()
    return user, attempt


@pytest.fixture
def desk(call: tuple[User, Attempt], browser: Browser, started_web: str) -> Iterator[Page]:
    page = open_page(browser, started_web)
    sign_in(page, call[0].username, PASSWORD)
    expect(page.locator("#call")).to_be_visible(timeout=60_000)
    yield page
    page.context.close()


def work() -> None:
    """What the page asked for, done as by a worker."""
    left = [(job, tuple(ids)) for job, *ids in queued()]
    get_redis().flushall()
    works(left)


def test_a_call_is_held_and_muted_by_keys_and_nothing_moves(desk: Page) -> None:
    row, script = desk.locator("#call"), desk.locator(".script")
    before = script.bounding_box()
    desk.keyboard.press("Shift+O")
    expect(row).to_contain_text("On hold")
    work()
    desk.keyboard.press("Shift+M")
    expect(row).to_contain_text("You are muted")
    assert script.bounding_box() == before
    desk.keyboard.press("Shift+O")
    expect(row).to_contain_text("Talking")
    expect(row.get_by_role("button", name="Unmute")).to_be_visible()


def test_every_control_of_the_call_is_reached_by_tab_and_read_in_both_themes(desk: Page) -> None:
    desk.get_by_role("button", name="End shift").focus()
    assert reached_by_tab(desk, ".on-line", 4) == ["Hold ⇧O", "Mute ⇧M", "Keypad ⇧K", "Pass on ⇧T"]
    desk.keyboard.press("Shift+O")
    desk.keyboard.press("Shift+M")
    expect(desk.locator("#call")).to_contain_text("You are muted")
    expect(desk.locator("#call")).to_contain_text("On hold")
    assert faint_words(desk, ".callbar") == []
    assert faint_words(desk, ".on-line") == []
    desk.keyboard.press("Shift+O")
    expect(desk.locator("#call")).not_to_contain_text("On hold")
    desk.keyboard.press("Shift+K")
    assert faint_words(desk, "#keypad") == []
    desk.get_by_role("button", name="Close").and_(desk.locator("#keypad button")).focus()
    assert reached_by_tab(desk, "#keypad", 12) == [*"123456789*0#"]
    desk.keyboard.press("Escape")
    desk.keyboard.press("Shift+T")
    expect(desk.locator("#transfer-who input:enabled").first).to_be_focused()
    assert faint_words(desk, "#transfer") == []
    stops = reached_by_tab(desk, "#transfer", 3)
    assert stops[-2:] == ["Pass on now ↵", "Talk to them first ⇧↵"]


def test_the_key_that_has_the_focus_keeps_it_when_the_call_is_shown_anew(desk: Page) -> None:
    desk.get_by_role("button", name="Mute").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("#call")).to_contain_text("You are muted")
    expect(desk.get_by_role("button", name="Unmute")).to_be_focused()


def test_keypad_tones_are_pressed_on_the_keyboard(desk: Page, call: tuple[User, Attempt]) -> None:
    desk.keyboard.press("Shift+K")
    for key in ("4", "2", "#"):
        desk.keyboard.press(key)
    expect(desk.locator("#keypad-sent")).to_have_text("42#")
    desk.keyboard.press("Escape")
    expect(desk.locator("#keypad")).to_be_hidden()
    assert wait_for(lambda: [ids[-1] for _, *ids in queued()]) == ["42h"]


def test_no_tone_is_shown_as_sent_to_a_person_on_hold(desk: Page) -> None:
    desk.keyboard.press("Shift+O")
    expect(desk.locator("#call")).to_contain_text("On hold")
    get_redis().flushall()
    desk.keyboard.press("Shift+K")
    expect(desk.locator("#keypad .error")).to_contain_text("Take the call off hold first")
    desk.keyboard.press("4")
    expect(desk.locator("#keypad-sent")).to_have_text("")
    desk.evaluate("document.getElementById('call').classList.remove('is-held')")
    desk.keyboard.press("4")
    expect(desk.locator("#keypad-sent")).to_have_text("4")
    expect(desk.locator("#keypad .error")).to_contain_text("Take the call off hold first")
    expect(desk.locator("#keypad-sent")).to_have_text("")
    assert queued() == []


def test_what_is_typed_when_the_person_hangs_up_is_no_answer_of_the_script(
    desk: Page, call: tuple[User, Attempt], sandbox: Twilio
) -> None:
    desk.keyboard.press("Shift+K")
    desk.keyboard.press("1")
    expect(desk.locator("#keypad-sent")).to_have_text("1")
    assert wait_for(lambda: [ids[-1] for _, *ids in queued()]) == ["1"]
    step = desk.locator(".script .view:not([hidden]) h2").inner_text()
    jobs.hang_up(str(call[1].id))
    expect(desk.locator('#desk[data-state="wrap_up"]')).to_be_visible(timeout=60_000)
    expect(desk.locator("#keypad .error")).to_have_text("The call is over. Esc closes this.")
    for key in ("1", "2", "#", "0"):
        desk.keyboard.press(key)
    expect(desk.locator("#keypad-sent")).to_have_text("1")
    expect(desk.locator(".script .view:not([hidden]) h2")).to_have_text(step)
    desk.keyboard.press("t")
    expect(desk.locator("#keypad")).to_be_hidden()
    expect(desk.locator("#disposition-not_now")).to_be_checked()


def test_a_rep_is_called_in_talked_with_and_left_with_the_person(
    desk: Page, call: tuple[User, Attempt], sandbox: Twilio
) -> None:
    before = desk.locator(".script").bounding_box()
    desk.keyboard.press("Shift+T")
    rep = desk.locator("#transfer").get_by_text("Rita Rep")
    expect(rep).to_be_visible()
    rep.click()
    with transaction() as session:
        for user in session.exec(select(User).where(User.full_name == "Rita Rep")):
            sandbox.script(str(user.phone), "human", ring_seconds=1, talk_seconds=LONG, patience_seconds=LONG)
    desk.get_by_role("button", name="Talk to them first").click()
    expect(desk.locator("#transfer")).to_be_hidden()
    expect(desk.locator("#call")).to_contain_text("Ringing Rita Rep")
    assert desk.locator(".script").bounding_box() == before
    work()
    expect(desk.locator("#call")).to_contain_text("Rita Rep is with you")
    assert desk.locator(".script").bounding_box() == before
    desk.keyboard.press("Shift+L")
    expect(desk.locator("#call")).to_contain_text("on the way")
    assert desk.locator(".script").bounding_box() == before
    work()
    wait_for(queued)
    work()
    expect(desk.locator('#desk[data-state="wrap_up"]')).to_be_visible(timeout=60_000)


def test_a_refused_number_is_told_in_the_dialog(desk: Page) -> None:
    desk.keyboard.press("Shift+T")
    desk.locator("#transfer-number").fill("12")
    desk.keyboard.press("Enter")
    expect(desk.locator("#transfer .error")).to_contain_text("“12” has too few or too many digits")
    expect(desk.locator(".toast")).to_have_count(0)


@pytest.mark.parametrize("key", ["Enter", "Shift+Enter"])
def test_without_a_choice_nobody_is_passed_on_and_it_is_told(desk: Page, key: str) -> None:
    desk.keyboard.press("Shift+T")
    expect(desk.locator("#transfer-who input:enabled").first).to_be_focused()
    expect(desk.locator("#transfer-who input:checked")).to_have_count(0)
    desk.keyboard.press(key)
    expect(desk.locator("#transfer").get_by_role("alert")).to_have_text("Choose who takes the call.")
    expect(desk.locator("#call")).to_contain_text("Talking")
    desk.keyboard.press("1")
    expect(desk.locator("#transfer .error")).to_be_hidden()
    choices = desk.locator("#transfer-who")
    chosen = choices.locator(".choice:has(:checked)")
    left = "(part) => part.getBoundingClientRect().left"
    assert chosen.evaluate(left) - choices.evaluate(left) >= 4, "the list cuts the ring of its choices off"


def test_a_number_that_was_called_in_gets_the_keypad(desk: Page, sandbox: Twilio) -> None:
    number = phone()
    stays(sandbox, number)
    desk.keyboard.press("Shift+T")
    desk.locator("#transfer-number").fill(number)
    before = desk.locator(".script").bounding_box()
    desk.get_by_role("button", name="Talk to them first").click()
    expect(desk.locator("#call")).to_contain_text("Ringing +1 ")
    expect(desk.locator("#call").get_by_role("button", name="Keypad")).to_have_count(0)
    work()
    expect(desk.locator("#call")).to_contain_text("is with you")
    assert desk.locator(".script").bounding_box() == before
    get_redis().flushall()
    desk.keyboard.press("Shift+K")
    expect(desk.locator("#keypad")).to_contain_text(f"{as_read(number)}’s line hears")
    desk.keyboard.press("5")
    assert wait_for(lambda: [ids[-1] for _, *ids in queued()]) == ["5"]
    expect(desk.locator("#keypad .error")).to_be_hidden()


def test_a_message_covers_neither_the_state_nor_the_keys_of_the_call(desk: Page) -> None:
    desk.evaluate("import('/static/frame.js').then(({ toast }) => toast('error', 'A word. '.repeat(30)))")
    box = desk.locator(".toast").bounding_box()
    assert box is not None
    for part in (".callbar", ".on-line", ".script", ".conclude"):
        other = desk.locator(part).bounding_box()
        assert other is not None
        is_beside = box["x"] + box["width"] <= other["x"] or other["x"] + other["width"] <= box["x"]
        is_below = box["y"] >= other["y"] + other["height"]
        assert is_beside or is_below, part


def test_the_call_is_passed_on_by_keys_alone(desk: Page, call: tuple[User, Attempt]) -> None:
    desk.keyboard.press("Shift+T")
    desk.keyboard.press("1")
    expect(desk.locator("#transfer-who input:checked")).to_be_focused()
    assert desk.locator("#transfer-who input:checked").get_attribute("data-key") == "1"
    desk.keyboard.press("Enter")
    expect(desk.locator("#transfer")).to_be_hidden()
    expect(desk.locator("#call")).to_contain_text("Ringing Rita Rep")


def test_talking_to_them_first_has_a_key_that_works_in_the_number_field(desk: Page) -> None:
    desk.keyboard.press("Shift+T")
    desk.locator("#transfer-number").fill("+1 312 555 0142")
    desk.keyboard.press("Shift+Enter")
    expect(desk.locator("#call")).to_contain_text("Ringing +1 312-555-0142")


def test_the_list_of_people_sets_no_clock_back(desk: Page) -> None:
    desk.evaluate("document.getElementById('desk').dataset.now = '2020-01-01T00:00:00.000Z'")
    desk.keyboard.press("Shift+T")
    expect(desk.locator("#transfer-who input:enabled").first).to_be_focused()
    now = desk.evaluate("import('/static/clocks.js').then(({ now }) => now())")
    assert now > 1_600_000_000_000


def test_an_error_is_dismissed_by_escape(desk: Page) -> None:
    desk.evaluate("import('/static/frame.js').then(({ toast }) => toast('error', 'No.'))")
    expect(desk.locator(".toast")).to_have_text("No.")
    desk.keyboard.press("Escape")
    expect(desk.locator(".toast")).to_have_count(0)
