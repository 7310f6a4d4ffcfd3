"""The page of a blind listening test in a real browser, opened from a file."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from evomusic.report.ballots import read_ballot, read_key
from evomusic.report.blind import write_blind
from tests.listen.browser import opened, until, violations
from tests.plots.studies import varied

pytestmark = pytest.mark.slow
NARROW = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def server(tmp_path):
    write_blind(varied(), tmp_path, repeats=2, title="Ann's <b>test</b>")
    root = tmp_path.as_uri()
    return SimpleNamespace(link=f"{root}/index.html", root=root, folder=tmp_path)


def begin(page, name):
    page.fill("#name", name)
    page.keyboard.press("Enter")
    page.wait_for_selector("#trial", state="visible")


def hear_both(page):
    for side in "ab":
        page.keyboard.press(side)
        until(page, f"document.getElementById('bar-{side}').value > 0.5")
    until(page, "!document.getElementById('choose-a').disabled")


def saved(page, path):
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(path)
    return path


def test_a_listener_hears_answers_stops_goes_on_and_saves(browser, server):
    with opened(browser, server, **NARROW) as page:
        assert page.inner_text("h1") == "Ann's <b>test</b>"
        assert violations(page) == []
        begin(page, "Ann <i> é")
        assert page.is_disabled("#choose-a")  # nothing was heard yet
        page.keyboard.press("1")
        assert page.inner_text("#status") == "Pair 1 of 3."
        hear_both(page)
        assert violations(page) == []
        page.keyboard.press("1")
        assert page.inner_text("#status") == "Pair 2 of 3."
        page.reload()
        begin(page, "Ann <i> é")
        assert page.inner_text("#status") == "Going on where you stopped. Pair 2 of 3."
        for key in "20":
            hear_both(page)
            page.keyboard.press(key)
        page.wait_for_selector("#end", state="visible")
        assert violations(page) == []
        path = saved(page, server.folder / "answers.json")
    ballot = read_ballot(path, read_key(server.folder))
    assert ballot.listener == "Ann <i> é"
    assert [answer.share for answer in ballot.answers] == [1.0, 0.0, 0.5]


def order(browser, server, name):
    """The pairs that a listener of this name hears, with their sides, and which of them are repeats."""
    with opened(browser, server) as page:
        begin(page, name)
        while page.is_hidden("#end"):
            page.evaluate("document.querySelectorAll('.choices button').forEach((each) => { each.disabled = false; })")
            page.click("#choose-same")
        answers = json.loads(saved(page, server.folder / "order.json").read_text())["answers"]
    return [(each["a"], each["b"], each["repeat"]) for each in answers]


def test_the_order_is_the_listeners_own_and_repeats_come_later_with_the_sides_swapped(browser, tmp_path):
    study = varied()
    write_blind(study, tmp_path, repeats=4, real=True)
    server = SimpleNamespace(link=f"{tmp_path.as_uri()}/index.html", root=tmp_path.as_uri(), folder=tmp_path)
    first = order(browser, server, "Ann")
    assert order(browser, server, "Ann") == first
    assert order(browser, server, "Bo") != first
    pairs = Counter(frozenset(trial[:2]) for trial in first if not trial[2])
    assert set(pairs.values()) == {1}
    for place, (a, b, repeat) in enumerate(first):
        if repeat:
            before = first.index((b, a, False))
            assert place - before > 3
