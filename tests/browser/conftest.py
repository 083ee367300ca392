"""One demo for all browser tests, with two robots beside the person, and one browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dialer.cli.processes import dialer
from dialer.core.embedded import free_port
from dialer.demo import run
from dialer.demo.run import Demo, Plan


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("demo")
    plan = Plan(home, dialer(), agents=2, web_port=free_port(), sandbox_port=free_port())
    with run.running(plan) as demo:
        yield demo


@pytest.fixture(scope="session")
def passwords(demo: Demo) -> dict[str, str]:
    return {account.username: account.password for account in demo.accounts}
