"""The state that every test starts from."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def interrupts():
    """Processes that tests start can be interrupted, though the tests run in the background of a shell without jobs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, in which tests open pages."""
    from tests.listen.browser import chromium

    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def visit(browser):
    """A function that visits a server; see `tests.listen.browser.visits`."""
    from tests.listen.browser import visits

    return visits(browser)
