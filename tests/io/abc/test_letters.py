r"""Letters of titles in ABC, by mnemonics of ABC 2.1, section 8.2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evomusic.io.abc.book import read_abc
from evomusic.io.abc.letters import read_letters, write_letters
from evomusic.io.choice import Choice


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"La Nov\'ell\'e Hol\'endoise", "La Novéllé Holéndoise"),
        (r"Caf\'e M\"uller", "Café Müller"),
        (r"\`A\^o\~n\cC\va\uA\HO", "ÀôñÇǎĂŐ"),
        (r"\AA\aa\/O\/o\ss\AE\oe", "ÅåØøßÆœ"),
        (r"\u00e9 &eacute;&#233;", "é éé"),
        (r"50\% \& more \\o", r"50% & more \o"),
        (r"There's my thumb &c.", "There's my thumb &c."),
        (r"\q \cq \ud800 &nothing;", r"\q \cq \ud800 &nothing;"),
    ],
)
def test_mnemonics_are_letters(written: str, text: str) -> None:
    assert read_letters(written) == text


@given(st.text("\\&;%ae'c#1u0", max_size=30))
def test_what_is_written_is_read_back(text: str) -> None:
    assert read_letters(write_letters(text)) == text


def test_a_title_is_read_and_chosen_by_its_letters() -> None:
    music = "M:4/4\nL:1/4\nK:C\nCDEF|\n\n"
    book = f"X:1\nT:Caf\\'e\nC:\\^Ole\n{music}X:2\nT:Tea\n{music}".encode()
    tune = read_abc(book, Choice(tune="Café"))
    assert (tune.title, tune.composer) == ("Café", "Ôle")
