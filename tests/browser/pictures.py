"""`python -m tests.browser.pictures FOLDER`: the README's pictures, taken from a running demo."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from dialer.cli.processes import dialer
from dialer.core.embedded import free_port
from dialer.demo import run
from dialer.demo.run import Demo, Plan
from tests.browser.chromium import chromium, open_page, sign_in

LEADS_FIRST = 6
CALL_MS = 120_000


def take(demo: Demo, browser: Browser, folder: Path) -> None:
    passwords = {account.username: account.password for account in demo.accounts}
    agent = open_page(browser, demo.web_url)
    sign_in(agent, "agent", passwords["agent"])
    agent.get_by_role("button", name="Start shift").click()
    expect(agent.locator('#desk[data-state="on_call"]')).to_be_visible(timeout=CALL_MS)
    agent.screenshot(path=folder / "agent.png")
    supervisor = open_page(browser, demo.web_url)
    sign_in(supervisor, "supervisor", passwords["supervisor"])
    supervisor.goto("/supervisor/floor")
    supervisor.screenshot(path=folder / "supervisor.png")
    manager = open_page(browser, demo.web_url)
    while demo.numbers().leads < LEADS_FIRST:
        manager.wait_for_timeout(500)
    sign_in(manager, "manager", passwords["manager"])
    manager.goto("/manager/leads-per-hour")
    expect(manager.get_by_role("img", name="Leads per hour dialled")).to_be_visible()
    manager.wait_for_timeout(1000)
    manager.screenshot(path=folder / "manager.png")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dialer-pictures-", ignore_cleanup_errors=True) as home:
        plan = Plan(Path(home), dialer(), agents=6, web_port=free_port(), sandbox_port=free_port())
        with chromium() as browser, run.running(plan) as demo:
            take(demo, browser, folder)
            demo.drain()
    sys.stdout.write(f"agent.png, supervisor.png and manager.png are in {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
