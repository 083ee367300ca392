"""Debian's Chromium under Playwright, and the ways of a person: sign in, look, press keys."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
Theme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips with a word where there is no browser; in CI there has to be one."""
    if not CHROMIUM.exists():
        assert not os.environ.get("CI"), f"CI needs {CHROMIUM}"
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(
    browser: Browser, base_url: str, size: dict[str, int] = DESKTOP, theme: Theme = "light"
) -> Page:
    """A page of a person of its own: own cookies, own window."""
    context: BrowserContext = browser.new_context(
        base_url=base_url,
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme=theme,
    )
    context.set_default_timeout(30_000)
    return context.new_page()


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
