import numpy as np
import pytest

from evomusic.encodings.grammar.grammar import Grammar
from evomusic.plots.growth import MOST, draw_growth, draw_stages, wrap
from evomusic.plots.style import number, settings, text_width
from tests.evolve.tasks import TASK
from tests.plots.looking import bars, texts
from tests.plots.studies import melody

GRAMMAR = Grammar(letters=2, steps=3)
RULES = "axiom -> A(3)\nA(x) if x > 0 -> note up(2) A(x-1)\nA(x) -> rest"


def _stages(n):
    return [melody(np.random.default_rng(i)) for i in range(n)]


def test_each_developmental_step_has_text_melody_and_return():
    figure = draw_growth(TASK, GRAMMAR, GRAMMAR.parse(RULES))
    said = texts(figure)
    for text in ("A(3)", "note up(2) A(2)", "note up(2) note up(2) A(1)", "note up(2) note up(2) note up(2) A(0)"):
        assert text in said
    assert [t for t in said if t == "axiom" or t.startswith("step ")] == ["axiom", "step 1", "step 2", "step 3"]
    rows = np.array([Grammar(letters=2, steps=k).decode(TASK, GRAMMAR.parse(RULES))[0] for k in range(4)])
    assert [ax.get_title(loc="right") for ax in figure.axes] == [number(v) for v in TASK.evaluate(rows)]
    assert [len(bars(ax)) for ax in figure.axes] == [1, 2, 3, 4]  # a bud sounds too


def test_rules_stand_above():
    said = texts(draw_growth(TASK, GRAMMAR, GRAMMAR.parse(RULES)))
    assert {"axiom -> A(3)", "A(x) if x > 0 -> note up(2) A(x-1)", "A(x) -> rest"} <= set(said)


def test_one_genome_of_many_can_be_chosen():
    genomes = GRAMMAR.parse(RULES, "axiom -> note")
    assert "note" in texts(draw_growth(TASK, GRAMMAR, genomes, 1))
    assert "note up(2) A(2)" not in texts(draw_growth(TASK, GRAMMAR, genomes, 1))


def test_symbols_are_counted():
    said = texts(draw_stages(["A", "note " * 1234], _stages(2), [0.0, 1.0]))
    assert "1 symbol" in said
    assert "1,234 symbols" in said


def test_a_long_text_is_cut_to_its_lines_and_says_so():
    long, short = (draw_stages([t], _stages(1), [0.0]) for t in ("echo(3) " * 500, "echo(3)"))
    words = [t for t in texts(long) if t.startswith("echo")]
    assert len(words) == MOST
    assert words[-1].endswith("…")
    assert not any("…" in t for t in texts(short))


def test_broken_lines_hold_all_words_and_fit():
    with settings():
        text = " ".join(f"note up({k})" for k in range(60))
        found = wrap([text], 2.0)
        assert " ".join(found) == text
        assert all(text_width(line, 7.6) <= 2.0 for line in found)
        assert wrap([text], 2.0, 3) == found[:3]
        assert len(wrap(["", "a"], 2.0)) == 2


def test_stages_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="texts holds 2, expected as many as melodies and returns, 1 and 1"):
        draw_stages(["a", "b"], _stages(1), [0.0])
