"""Files made to keep a reader busy: one line in bounded time, whatever nests, repeats or counts in them."""

from contextlib import suppress
from itertools import islice

import pytest

from evomusic.core.grid import Grid
from evomusic.io import TuneError, read, tunes_in
from evomusic.io.abc.sections import read_sections
from tests.io.samples import attributes, musicxml, xml_note
from tests.seconds import within

DIGITS = "9" * 5000
HEAD = "X:1\nM:4/4\nL:1/4\nK:C\n"
PRIMES = [n for n in range(2, 9999) if all(n % d for d in range(2, int(n**0.5) + 1))]


def score(*measures):
    return musicxml(*measures).decode()


REFUSED = {
    "brackets.abc": HEAD + "[" * 49_000,
    "braces.abc": HEAD + "{" * 49_000,
    "quotes.abc": HEAD + '"' * 49_001,
    "fields.abc": HEAD + "[K:" * 16_000,
    "closed fields.abc": HEAD + "[K:" * 16_000 + "]",
    "length.abc": HEAD + f"A{DIGITS}|",
    "divisor.abc": HEAD + f"A/{DIGITS}|",
    "rest.abc": HEAD + f"Z{DIGITS}|",
    "tuplet.abc": HEAD + f"({DIGITS}ABC|",
    "metre.abc": f"X:1\nM:{DIGITS}/4\nK:C\nA|",
    "unit.abc": f"X:1\nL:1/{DIGITS}\nK:C\nA|",
    "key.abc": f"X:1\nK:{DIGITS}\nA|",
    "octaves.abc": HEAD + "A" + "," * 5000,
    "broken.abc": HEAD + "A" + ">" * 40_000 + "B",
    "no grid.abc": HEAD + "".join(f"A/{p}" for p in PRIMES) * 4,
    "head.abc": "%%" + "x" * 9_000 + "\n" + "X:1\nK:C\nA\n" * 90_000,
    "elements.musicxml": "<score-partwise>" + "<a>" * 100_000,
    "closed.musicxml": "<a>" * 100_000 + "</a>" * 100_000,
    "octave.musicxml": score(attributes() + xml_note("C", 4, octave=DIGITS)),
    "duration.musicxml": score(attributes() + xml_note("C", DIGITS)),
    "divisions.musicxml": score(attributes().replace("<divisions>2", f"<divisions>{DIGITS}") + xml_note("C", 4)),
    "beats.musicxml": score(attributes(beats=DIGITS) + xml_note("C", 4)),
    "fifths.musicxml": score(attributes(fifths=DIGITS) + xml_note("C", 4)),
    "tempo.musicxml": score(attributes() + f'<sound tempo="{DIGITS}"/>' + xml_note("C", 4)),
    "no grid.musicxml": score(
        *(f"<attributes><divisions>{p}</divisions></attributes>" + xml_note("C", 1) for p in PRIMES)
    ),
    "octave.txt": f"C{DIGITS}" + " -" * 63,
    "low octave.txt": f"C-{DIGITS}" + " -" * 63,
    "number.txt": DIGITS + " -" * 63,
    "brackets.txt": "[" * 100_000,
}
READ = {
    "parentheses.abc": HEAD + "(" * 49_000 + "A" + ")" * 900,
    "tuplets.abc": HEAD + "(3" * 20_000 + "A",
    "repeats.abc": HEAD + "|:" * 3_000 + "A" + ":|" * 3_000,
    "number.abc": f"X:{DIGITS}\nK:C\nA|",
    "tempo.abc": f"X:1\nQ:1/4={DIGITS}\nK:C\nA|",
    "voice.abc": HEAD + f"V:{DIGITS}\nA|",
    "ending.abc": HEAD + f"A|{DIGITS}B|",
    "tie.musicxml": score(attributes() + xml_note("C", 4, f'<tie type="{DIGITS}"/>')),
}


@pytest.mark.parametrize("name", [*REFUSED, *READ])
def test_nested_repeated_and_endless_content_costs_a_second_and_a_line(tmp_path, name):
    path = tmp_path / name
    path.write_text((REFUSED | READ)[name], encoding="utf-8")

    def attempt():
        if name in READ:
            assert read(path, Grid()).notes
            return
        with pytest.raises(TuneError) as caught:
            read(path, Grid())
        assert str(caught.value).startswith(f"{path}: ")
        assert len(str(caught.value)) < len(str(path)) + 200
        assert "Exceeds the limit" not in str(caught.value)

    within(2, attempt)


@pytest.mark.parametrize("name", [name for name in (*REFUSED, *READ) if name.endswith(".abc")])
def test_sections_of_such_tunes_are_bounded_too(name):
    def attempt():
        with suppress(TuneError):
            assert read_sections((REFUSED | READ)[name][:49_900]) is not None

    within(5, attempt)


def test_a_book_of_tiny_tunes_is_read_tune_by_tune(tmp_path):
    (tmp_path / "book.abc").write_text("%%" + "x" * 4_000 + "\n" + "X:1\nK:C\nA\n" * 90_000, encoding="utf-8")
    pitches = within(2, lambda: [tune.notes[0].pitch for _, tune in islice(tunes_in(tmp_path), 100)])
    assert pitches == [69] * 100
