from __future__ import annotations

import io
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
import verovio
from hypothesis import given, settings
from PIL import Image

from evomusic.core.checks import NotInstalled
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io import write
from evomusic.io.notation import bars_of
from evomusic.io.score import engrave
from evomusic.io.score.drawing import shapes, size_of
from evomusic.io.score.engrave import pdf_bytes, picture, png_bytes, svg_bytes
from evomusic.io.score.outlines import HREF, SVG
from tests.io.samples import melodies

GRID = Grid(bars=4, beats=2, steps_per_beat=6, scale="D minor", chords=("Dm", "Bb"), tempo=96)
MELODY = Melody.parse(" | ".join(["D4 - - - F4 - A4 - - Bb4 A4 -"] * 4), GRID, "The <b>Jig</b> & more")
HEADS = {"E0A2", "E0A3", "E0A4"}  # whole, half and black, by SMuFL


def glyphs(page: Element) -> list[str]:
    """The glyphs of a page, by code."""
    return [use.get(HREF, "")[1:] for use in page.iter(f"{SVG}use")]


def outline(code: str) -> str:
    """The outline of a glyph of verovio's font."""
    data = Path(verovio.__file__).parent / "data" / "Leipzig" / f"{code}.xml"
    return ElementTree.parse(data).getroot().find("path").get("d")  # type: ignore[union-attr]


@given(melodies())
@settings(max_examples=15, deadline=None)
def test_every_printed_note_has_its_head_and_every_shape_can_be_drawn(melody: Melody) -> None:
    page = picture(melody)
    printed = sum(note.span.pitch is not None for bar in bars_of(melody) for note in bar)
    assert sum(code in HEADS for code in glyphs(page)) == printed
    width, height = size_of(page)
    for shape in shapes(page):
        assert len(shape.points) == len(shape.codes) > 0
        assert shape.codes[0] == 1
        assert (shape.points >= -200).all()
        assert (shape.points <= (width + 200, height + 200)).all()


def test_the_svg_needs_no_font_and_no_style() -> None:
    text = svg_bytes(MELODY).decode()
    assert not re.search(r"<text|<style|font|class=\"(?!note\")|style=", text)
    root = ElementTree.fromstring(text)
    assert root.get("width") == "210mm"
    names = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(names) == len(set(names))


def test_the_tempo_has_its_note_and_dot() -> None:
    paths = {e.get("d") for e in picture(MELODY).iter(f"{SVG}path")}
    assert {outline("ECA5"), outline("ECB7")} <= paths


@pytest.mark.parametrize("change", ["title", "chords", "tempo", "key"])
def test_title_chords_tempo_and_key_are_drawn(change: str) -> None:
    other = Grid(**(GRID.to_dict() | {"chords": []})) if change == "chords" else GRID
    other = Grid(**(GRID.to_dict() | {"tempo": 97.0})) if change == "tempo" else other
    melody = Melody(MELODY.tokens, other, "" if change == "title" else MELODY.title)
    assert svg_bytes(melody, "E major" if change == "key" else None) != svg_bytes(MELODY)


def test_equal_melodies_give_equal_bytes_without_a_date() -> None:
    for made in (svg_bytes, png_bytes, pdf_bytes):
        assert made(MELODY) == made(Melody.parse(MELODY.text, GRID, MELODY.title))
        assert b"Date" not in made(MELODY)


def test_any_thread_engraves_the_same_and_many_may_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(svg_bytes, [MELODY] * 8))
    assert set(found) == {svg_bytes(MELODY)}


def test_a_png_is_black_on_white_and_two_hundred_pixels_an_inch() -> None:
    image = Image.open(io.BytesIO(png_bytes(MELODY)))
    assert image.width == 1654
    assert [round(x) for x in image.info["dpi"]] == [200, 200]
    grey = np.asarray(image.convert("L"))
    assert (grey.min(), grey.max()) == (0, 255)
    assert 0.01 < (grey < 128).mean() < 0.2
    left, right = (grey[:, :827] < 128).sum(), (grey[:, 827:] < 128).sum()
    assert 0.8 < left / right < 1.5  # a last line that is half full is filled


def test_a_long_tune_is_one_picture_or_many_pages_of_a4(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid(bars=80, scale="G major")
    melody = Melody(np.tile([2, 1, 3, 1, 4, 1, 5, 1], 160).astype(np.uint8), grid, "Long")
    heads = sum(code in HEADS for code in glyphs(picture(melody)))
    assert heads == 640
    pages = re.search(rb"/Count (\d+)", pdf_bytes(melody))
    assert pages is not None
    assert int(pages[1]) > 1
    monkeypatch.setattr(engrave, "HIGHEST", 2970)  # pages are put together
    page = picture(melody)
    assert sum(code in HEADS for code in glyphs(page)) == heads
    assert len(page.findall(f"{SVG}defs")) == 1
    assert max(shape.points[:, 1].max() for shape in shapes(page)) <= size_of(page)[1]


def test_a_picture_too_high_for_png_is_refused_by_name() -> None:
    page = picture(MELODY)
    page.set("viewBox", "0 0 21000 900000")
    with pytest.raises(ValueError, match=r"higher than a PNG of 65,535 pixels, expected fewer bars; write \.pdf"):
        engrave.png_of(page)


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_without_verovio_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str
) -> None:
    monkeypatch.setitem(sys.modules, "verovio", None)
    with pytest.raises(NotInstalled, match=r'needs verovio, expected it installed: pip install "evomusic\[score\]"'):
        write(MELODY, tmp_path / f"tune{suffix}")
    assert not list(tmp_path.iterdir())


def test_a_title_of_its_own_stands_above(tmp_path: Path) -> None:
    write(MELODY, tmp_path / "a.svg", title="Other")
    write(Melody(MELODY.tokens, GRID, "Other"), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
