"""Cards of notebooks in a real browser: they play, ask nobody, and can be read on light and on dark pages."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import evomusic as em
from evomusic.study.store import read_run
from tests.listen.browser import opened, until, violations
from tests.plots.studies import varied

pytestmark = pytest.mark.slow
DARK = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
FRAME = (
    "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'><title>"
    "cards</title><style>:root{color-scheme:light dark}@media(prefers-color-scheme:dark){body{background:#111;"
    "color:#ddd}}</style></head><body><main><h1>Cards</h1>%s</main></body></html>"
)


@pytest.fixture(scope="module")
def cards():
    """One of each kind."""
    task = em.make("rules", bars=2)
    x = np.linspace(-1, 1, 9)
    trees = em.Expressions({"add": np.add, "mul": np.multiply}, variables=["x"])
    squares = em.Problem(trees, lambda tree: -float(np.abs(tree(x) - x * x).sum()), name="<b>")
    return [
        em.make("tiny").optimum(),
        em.run(em.GA(population=30, encoding=em.Tree()), task, steps=5_000, seed=0),
        em.run(em.GA(population=30), squares, steps=500, seed=0),
        em.Study(tasks={"rules": task}, methods={"ga": em.GA(), "gp": em.GA(encoding=em.Tree())}, steps=1_000),
        read_run(varied()),
        em.learn.train(em.QLearning(view="short"), task, episodes=200, seed=0),
        em.show(em.Tree().sample(task, np.random.default_rng(0), 3), task, encoding=em.Tree()),
    ]


@pytest.fixture
def page_of(cards, tmp_path):
    """A page with all cards."""
    text = FRAME % "".join(card._repr_html_() for card in cards)
    (tmp_path / "cards.html").write_text(text.replace("<details>", "<details open>"), encoding="utf-8")
    return SimpleNamespace(link=(tmp_path / "cards.html").as_uri(), root=tmp_path.as_uri())


@pytest.mark.parametrize("context", [{}, DARK], ids=["wide and light", "narrow and dark"])
def test_cards_are_accessible_and_fit(browser, page_of, context):
    with opened(browser, page_of, **context) as page:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_players_of_one_page_play_by_themselves(browser, page_of):
    with opened(browser, page_of) as page:
        first, second = [frame for frame in page.frames if frame.url == "about:srcdoc"][:2]
        position = "Number(document.querySelector('input').value)"
        first.click("button")
        until(waited(page, first), f"{position} > 0.3")
        assert first.get_attribute("button", "aria-label") == "Pause"
        assert second.evaluate(position) == 0
        first.click("button")
        at = first.evaluate(position)
        page.wait_for_timeout(200)
        assert first.evaluate(position) == at
        until(waited(page, second), "document.querySelector('output').textContent.startsWith('0:00 / 0:')")
        second.focus("input")
        page.keyboard.press("End")
        second.click("button")
        until(waited(page, second), f"{position} === 0")  # at its end a melody is back at its beginning
        assert second.get_attribute("button", "aria-label") == "Play"


def waited(page, frame):
    """A frame that can be waited for."""
    return SimpleNamespace(evaluate=frame.evaluate, wait_for_timeout=page.wait_for_timeout)
