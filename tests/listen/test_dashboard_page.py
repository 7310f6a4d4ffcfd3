"""The dashboard in a real browser against the real command, while its study runs and afterwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

import evomusic as em
from evomusic.study.store import read_run
from tests.listen.browser import Server, opened, until, violations
from tests.listen.test_watching import STUDY

pytestmark = pytest.mark.slow


def study(here, steps=4000):
    """A study that runs in a process of its own: the process and its folder."""
    (here / "study.toml").write_text(STUDY.replace("4000", str(steps)).replace('name = "tiny"', 'name = "tune"'))
    command = [sys.executable, "-m", "evomusic", "compare", str(here / "study.toml"), "-o", str(here / "run")]
    return subprocess.Popen([*command, "--no-figures", "--workers", "1"], stderr=subprocess.DEVNULL), here / "run"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    process, out = study(tmp_path_factory.mktemp("watched"))
    assert process.wait() == 0
    return out


@pytest.fixture
def server(folder):
    found = Server("dashboard", str(folder), "--port", "0")
    yield found
    assert found.end() == ""


@pytest.fixture
def page(visit, server):
    with visit(server) as found:
        ready(found)
        yield found


def ready(page):
    page.wait_for_selector("main[aria-busy=false]")
    until(page, "document.querySelectorAll('.card svg').length >= 3")


def card(page, name):
    return page.locator("article", has=page.locator("h3", has_text=name))


def test_the_best_of_each_method_is_heard_and_taken_along(page, folder, tmp_path):
    best = read_run(folder).tasks["tiny"]
    assert page.locator("article h3").all_text_contents() == ["ga", "map", "q"]
    for name in ("ga", "map", "q"):
        assert f"{best.best(name).best_return:.2f}" in card(page, name).locator(".how").text_content()
    card(page, "map").locator(".play").click()
    page.wait_for_selector("[data-note].sounding")
    page.wait_for_selector(".cursor.moving", state="attached")
    assert page.get_attribute("html", "data-playing") == "map on tiny"
    page.keyboard.press("Escape")
    page.wait_for_selector("html:not([data-playing])")
    card(page, "q").locator("summary").click()
    with page.expect_download() as waiting:
        card(page, "q").locator("[data-form=mid]").click()
    waiting.value.save_as(tmp_path / "q.mid")
    assert [note.pitch for note in em.read_tune(tmp_path / "q.mid").notes] == [
        note[0] for note in best.best("q").best.notes
    ]


def test_an_archives_cells_play_by_mouse_and_by_keys(page):
    card(page, "map").locator(".look").click()
    page.wait_for_selector(".elite")
    page.locator(".elite").first.click()
    page.wait_for_selector(".elite.playing")
    page.keyboard.press("Escape")
    page.locator(".elite[tabindex='0']").focus()
    before = page.evaluate("document.activeElement.getAttribute('aria-label')")
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_selector(".elite.playing")
    assert page.locator(".elite[tabindex='0']").count() == 1
    assert page.get_attribute("html", "data-playing").startswith("return ")
    assert before.startswith("return ")


def test_a_policy_is_shown_on_the_roll(page):
    card(page, "q").locator(".look").click()
    page.wait_for_selector(".chosen", state="attached")
    steps = page.evaluate("fetch('/api/state').then((a) => a.json())")["tasks"][0]["frame"]
    assert page.locator(".chosen").count() == steps["length"] / steps["step"]


def test_curves_and_melodies_come_while_the_study_runs(visit, tmp_path):
    process, out = study(tmp_path, steps=300_000)
    while not (out / "study.resolved.json").exists() and process.poll() is None:
        pass
    server = Server("dashboard", str(out), "--port", "0")
    with visit(server) as page:
        page.wait_for_selector("main[aria-busy=false]")
        first = page.evaluate("document.getElementById('count').textContent")
        assert first != "6 of 6 cells"
        until(page, "document.getElementById('count').textContent === '6 of 6 cells'", seconds=120)
        ready(page)
        assert page.locator(".chart .line").count() == 3
        assert page.text_content("#instruction").startswith("The study is complete")
    process.wait()
    assert server.end() == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browser, server, scheme, width):
    with opened(browser, server, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        ready(page)
        for name in ("map", "q"):
            card(page, name).locator(".look").click()
        page.wait_for_selector(".elite")
        page.wait_for_selector(".chosen", state="attached")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
