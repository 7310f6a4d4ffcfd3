import errno
import io
import os
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evomusic.plots import draw_curves
from evomusic.plots.style import (
    apart,
    fitting,
    look,
    new_figure,
    number,
    png_bytes,
    save_figure,
    settings,
    svg_text,
    text_width,
)
from tests.plots.studies import run_of

PLACES = st.lists(st.floats(0, 10), min_size=1, max_size=20).map(sorted)


@given(PLACES)
def test_labels_keep_order_distance_and_bounds(wanted):
    placed = np.array(apart(wanted, 0.4, 0.0, 10.0))
    assert (np.diff(placed) >= 0.4 - 1e-9).all()
    assert placed.min() >= -1e-9
    assert placed.max() <= 10 + 1e-9


def test_labels_that_are_far_apart_stay_where_they_are():
    assert apart([1.0, 2.0, 5.0], 0.5, 0.0, 10.0) == [1.0, 2.0, 5.0]


def test_crowded_labels_spread_evenly_around_their_mean():
    assert apart([5.0, 5.0, 5.0], 1.0, 0.0, 10.0) == pytest.approx([4.0, 5.0, 6.0])


def test_too_many_labels_share_the_room():
    assert apart([9.0] * 11, 3.0, 0.0, 10.0) == pytest.approx(np.arange(11))


def test_the_first_sixty_methods_look_different_and_twelve_have_a_colour_each():
    assert len({look(i) for i in range(60)}) == 60
    assert len({look(i).colour for i in range(12)}) == 12


@pytest.mark.parametrize("colour", [look(i).colour for i in range(12)])
def test_colours_are_readable_on_white_and_on_black(colour):
    """Contrast by the Web Content Accessibility Guidelines, 2.4 or more; 3 would leave a narrow band of greys."""
    shares = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    light = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    assert min(1.05 / (light + 0.05), (light + 0.05) / 0.05) >= 2.4


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.14159, "3.1"), (-2.0, "−2.0"), (-0.04, "0.0"), (12345.6, "12,345.6")],  # noqa: RUF001
)
def test_numbers_have_one_decimal_and_a_minus_sign(value, text):
    assert number(value) == text


def test_a_long_label_is_cut_to_its_width():
    with settings():
        cut = fitting("q-learning that sees the last two pitches", 1.0, 9)
        assert cut.endswith("…")
        assert "q-learning that sees".startswith(cut[:-1])
        assert 0.8 < text_width(cut, 9) <= 1.0
        assert fitting("short", 1.0, 9) == "short"


def test_the_users_matplotlib_settings_change_nothing():
    run = run_of({"a": 3.0})
    plain = svg_text(draw_curves(run, run.tasks["t"]))
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": True, "svg.fonttype": "none"}):
        assert svg_text(draw_curves(run, run.tasks["t"])) == plain


def test_files_hold_no_date_and_no_program(tmp_path):
    run = run_of({"a": 3.0})
    png, svg = save_figure(draw_curves(run, run.tasks["t"]), tmp_path / "x.y")
    assert (png.name, svg.name) == ("x.y.png", "x.y.svg")
    assert b"tEXt" not in png.read_bytes()
    assert "<dc:date>" not in svg.read_text(encoding="utf-8")


DIGEST = """
import hashlib, tempfile, pathlib
from evomusic.plots import draw_curves, draw_rolls
from evomusic.plots.style import save_figure
from tests.plots.studies import run_of
run = run_of({"a": 3.0, "b": 7.0})
where = pathlib.Path(tempfile.mkdtemp())
figures = {"c": draw_curves(run, run.tasks["t"]), "r": draw_rolls(run.tasks["t"])}
paths = [p for name, figure in figures.items() for p in save_figure(figure, where / name)]
print([hashlib.sha256(p.read_bytes()).hexdigest() for p in paths])
"""


def test_figures_are_the_same_bytes_in_every_process():
    runs = [
        subprocess.run([sys.executable, "-c", DIGEST], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True)
        for seed in ("1", "2")
    ]
    assert runs[0].stdout.startswith(b"["), runs[0].stderr
    assert runs[0].stdout == runs[1].stdout


def test_importing_the_plots_does_not_import_matplotlib():
    code = "import sys, evomusic.plots, evomusic.report; print('matplotlib' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_full_disk_leaves_the_old_figure(tmp_path, monkeypatch):
    run = run_of({"a": 3.0})
    figure = draw_curves(run, run.tasks["t"])
    (tmp_path / "x.png").write_bytes(b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*x\.png'"):
        save_figure(figure, tmp_path / "x")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x.png", b"old")]


def test_pictures_keep_nearly_every_colour_within_a_shade():
    """256 colours are chosen for all pixels that are not white; white stays white."""
    run = run_of({f"method {i}": 3.0 + i for i in range(8)})
    figure = draw_curves(run, run.tasks["t"])
    with settings():
        raw = io.BytesIO()
        figure.savefig(raw, format="rgba", facecolor="white")
    wanted = np.frombuffer(raw.getvalue(), np.uint8).reshape(-1, 4)[:, :3].astype(int)
    shown = np.asarray(Image.open(io.BytesIO(png_bytes(figure))).convert("RGB")).reshape(-1, 3).astype(int)
    assert (np.abs(wanted - shown).max(axis=1) > 16).mean() < 0.002
    assert (shown[(wanted == 255).all(axis=1)] == 255).all()


def test_an_empty_figure_is_white():
    with settings():
        picture = Image.open(io.BytesIO(png_bytes(new_figure(0.5)))).convert("RGB")
    assert picture.getcolors() == [(picture.width * picture.height, (255, 255, 255))]


def test_a_height_just_below_a_whole_pixel_is_drawn():
    height = 0.1 + 5.05  # inches: 823.9999999999999 pixels
    with settings():
        assert Image.open(io.BytesIO(png_bytes(new_figure(height)))).height in (823, 824)


def test_settings_within_settings_are_the_same():
    with settings(), settings():
        assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
    with mpl.rc_context({"font.size": 30}):
        with settings():
            assert mpl.rcParams["font.size"] == 9
        assert mpl.rcParams["font.size"] == 30
