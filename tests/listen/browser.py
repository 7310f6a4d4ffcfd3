"""A browser and the servers whose pages it opens: Playwright with a Chromium of the system, offline."""

from __future__ import annotations

import atexit
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.listen.forks import Fork

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
MUST = bool(os.environ.get("EVOMUSIC_ALL_ORACLES"))


def needed(name):
    """A module of the extra `oracles`, or a skip where it may be missing."""
    return importlib.import_module(name) if MUST else pytest.importorskip(name)


@contextmanager
def chromium():
    """A headless Chromium."""
    api = needed("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def fresh(words, missing=""):
    """A command in a process of its own that imports all anew; `missing` is a package that it finds not installed."""
    start = f"import sys; sys.modules[{missing!r}] = None; from evomusic.__main__ import main; main()"
    command, pipe = [sys.executable, "-c", start, *words], subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True)


class Server:
    """A command that serves a page, in a process that `start` starts: a fork of one that stands ready, or `fresh`."""

    def __init__(self, *words, start=Fork):
        self.process = start([*words, "--no-browser"])
        atexit.register(self.process.send_signal, signal.SIGKILL)  # whatever fails before `end`
        self.link = self.process.stdout.readline().strip()
        if not self.link.startswith("http://"):
            raise AssertionError(self.end())
        self.root = self.link.partition("/?")[0]
        self.port = self.root.rpartition(":")[2]

    def end(self, number=signal.SIGKILL):
        """Stop it; returns what it wrote on stderr."""
        self.process.send_signal(number)
        self.process.stdout.close()
        text = self.process.stderr.read()
        self.process.stderr.close()
        self.process.wait()
        return text


@contextmanager
def opened(browser, server, **context):
    """A visit of a server by a page in a context of its own."""
    inside = browser.new_context(accept_downloads=True, **context)
    try:
        with visited(inside.new_page(), server) as page:
            yield page
    finally:
        inside.close()


@contextmanager
def visited(page, server):
    """A visit of a server by a page; at the end it has asked nobody else and has a clean console.

    What is in `page.expected` may be on the console.
    """
    page.expected, asked, said = (), [], []
    heard = {
        "request": lambda request: asked.append(request.url),
        "console": lambda message: said.append(f"{message.type}: {message.text}"),
        "pageerror": lambda error: said.append(f"error: {error}"),
    }
    page.set_default_timeout(20_000)
    for event, hear in heard.items():
        page.on(event, hear)
    try:
        page.goto(server.link)
        yield page
        assert [url for url in asked if not url.startswith((f"{server.root}/", "data:", "blob:"))] == []
        assert [line for line in said if not any(word in line for word in page.expected)] == []
    finally:
        for event, hear in heard.items():
            page.remove_listener(event, hear)


def visits(browser):
    """A function that visits a server by the one page that there is for each set of a context's options."""
    pages = {}

    @contextmanager
    def visit(server, **context):
        key = json.dumps(context)
        if key not in pages:
            pages[key] = browser.new_context(**context).new_page()
        page = pages[key]
        try:
            with visited(page, server):
                yield page
        finally:
            page.unroute_all()
            for other in page.context.pages[1:]:
                other.close()
            page.goto("about:blank")

    return visit


def until(page, expression, seconds=20):
    """Wait until an expression is true in a page; Playwright's own wait needs `eval`, which the pages forbid."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(50)


def violations(page):
    """What axe-core finds wrong with a page as it is, a line each."""
    if page.evaluate("!window.axe"):
        page.evaluate(needed("axe_playwright_python.base").AXE_SCRIPT)
    return page.evaluate(
        """axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)))"""
    )
