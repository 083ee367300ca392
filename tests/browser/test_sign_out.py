"""The back button after the sign-out, in a browser that keeps pages as people's browsers do."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from dialer.domain.user import Role
from tests.browser.chromium import CHROMIUM, FLAGS, open_page, sign_in
from tests.factories import make_account
from tests.house import commit
from tests.web.visitor import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, started_web: str) -> Iterator[Page]:
    """Playwright's own browsers keep no page for the back button."""
    keeping = browser.browser_type.launch(
        executable_path=str(CHROMIUM), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield open_page(keeping, started_web)
    keeping.close()


@pytest.mark.parametrize(
    ("role", "address"), [(Role.AGENT, "/desk"), (Role.SUPERVISOR, "/supervisor/suppressions")]
)
def test_the_back_button_shows_nothing_of_who_has_signed_out(
    page: Page, session: Session, now: datetime, role: Role, address: str
) -> None:
    user = make_account(session, now, role, PASSWORD)
    commit(session)
    sign_in(page, user.username, PASSWORD)
    answer = page.goto(address)
    assert answer is not None
    assert answer.headers["cache-control"] == "no-store"
    expect(page.get_by_text(user.full_name)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_text(user.full_name)).to_have_count(0)
