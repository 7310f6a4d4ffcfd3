from xml.etree import ElementTree

import numpy as np

from evomusic.core.melody import Melody
from evomusic.plots import Piece, draw_curves
from evomusic.plots.roll import span
from evomusic.plots.style import INK, svg_text, without_background
from evomusic.report.pictures import inline_svg, roll_svg
from tests.plots.studies import GRID, melody, run_of

HOSTILE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9">
<metadata>x</metadata><style>*{}</style><script>alert(1)</script><foreignObject><p>x</p></foreignObject>
<image xlink:href="https://example.org/x.png"/><!-- </svg><script> -->
<g id="a" style="fill: #1f2328; stroke: #ff0000" clip-path="url(#c)"><use xlink:href="#b"/>text</g></svg>"""


def test_only_shapes_of_a_figure_reach_the_page():
    made = inline_svg(HOSTILE, "f1", "a <label>")
    assert [e.tag.split("}")[1] for e in ElementTree.fromstring(made).iter()] == ["svg", "g", "use"]
    assert "example.org" not in made
    assert "text" not in made


def test_identifiers_are_the_figures_own_and_ink_is_the_pages():
    group = ElementTree.fromstring(inline_svg(HOSTILE, "f1", "x"))[0]
    assert group.attrib == {"id": "f1-a", "fill": "currentColor", "stroke": "#ff0000", "clip-path": "url(#f1-c)"}
    assert list(group[0].attrib.values()) == ["#f1-b"]


def test_a_real_figure_keeps_its_paths_and_refers_only_to_itself():
    run = run_of({"a": 3.0})
    root = ElementTree.fromstring(inline_svg(without_background(svg_text(draw_curves(run, run.tasks["t"]))), "f1", "x"))
    ids = {e.get("id") for e in root.iter()}
    links = [e.get("{http://www.w3.org/1999/xlink}href") for e in root.iter() if e.tag.endswith("use")]
    assert len(links) > 50
    assert {link[1:] for link in links} <= ids
    assert not any("style" in e.attrib for e in root.iter())
    assert INK not in ElementTree.tostring(root, encoding="unicode")


def test_a_roll_has_a_bar_for_every_note_on_the_beat_it_begins():
    shown = melody(np.random.default_rng(3))
    root = ElementTree.fromstring(roll_svg(Piece("<x>", "", True, shown, 0.0, "#123456"), span([shown])))
    bars = root.find("g").findall("rect")
    left, beat = float(root.get("data-left")), float(root.get("data-beat"))
    onsets = [(float(bar.get("x")) - left) / beat for bar in bars]
    assert len(bars) == len(shown.notes)
    assert np.allclose(onsets, [n.onset for n in shown.notes], atol=0.01)
    rows = [round(float(bar.get("y")), 1) for bar in bars]
    pitches = [n.pitch for n in shown.notes]
    assert sorted(zip(rows, pitches, strict=True)) == sorted(zip(rows, pitches, strict=True), key=lambda x: -x[1])


def test_a_roll_of_silence_is_a_roll():
    silence = Melody(np.zeros(GRID.steps, np.uint8), GRID)
    root = ElementTree.fromstring(roll_svg(Piece("x", "", True, silence, 0.0, INK), span([silence])))
    assert root.find("g").findall("rect") == []
    assert root.get("aria-label") == "piano roll of x: 0 notes"
