"""Wrong arguments: one line that names the argument, before anything is read."""

import pytest

from evomusic.core.grid import Grid
from evomusic.corpus import bands, excerpts, held_out, read_folder, train, training
from evomusic.corpus.ryan import tunes
from evomusic.corpus.tunes import TICKS, Section, Source

GRID = Grid(bars=1, low=62, high=86, scale="G major")
TUNE = Source("tune", "0" * 64, (Section((4, 4), "G major", (((67, TICKS),) * 4,) * 4),))
WRONG = [2.5, "100", True, -1, float("nan"), 10**400, Grid, []]


def names(value):
    return repr(value)[:12]


@pytest.mark.parametrize("value", [None, *WRONG], ids=names)
@pytest.mark.parametrize("call", [held_out, training, lambda grid: excerpts([TUNE], grid), lambda g: bands([TUNE], g)])
def test_what_is_no_grid_is_refused(call, value):
    with pytest.raises(ValueError, match=r"^grid is .*, expected a Grid"):
        call(value)


@pytest.mark.parametrize("name", ["most", "tonic", "mode"])
@pytest.mark.parametrize("value", WRONG, ids=names)
def test_wrong_options_of_excerpts_are_refused(name, value):
    for call in (held_out, lambda grid, **options: excerpts([TUNE], grid, **options)):
        with pytest.raises(ValueError, match=f"^{name} is |^'100' is not a note name"):
            call(GRID, **{name: value})


@pytest.mark.parametrize("value", [None, 2.5, True, 10**400, Source, [None], "ab", [TUNE, 3]], ids=names)
def test_what_are_no_tunes_is_refused(value):
    for call in (lambda: excerpts(value, GRID), lambda: train(value, "mine"), lambda: bands(value, GRID)):
        with pytest.raises(ValueError, match=r"^sources(\[\d\])? is .*, expected (tunes|a Source)"):
            call()


@pytest.mark.parametrize("name", ["name", "mode", "metre", "least"])
@pytest.mark.parametrize("value", [2.5, True, -1, float("nan"), 10**400, Grid, [], (4, 5)], ids=names)
def test_wrong_options_of_a_style_are_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} is "):
        train([TUNE], **({"name": "mine"} | {name: value}))


@pytest.mark.parametrize("value", [None, 2.5, True, 10**400, Grid, []], ids=names)
def test_what_is_no_folder_or_split_is_refused(value):
    with pytest.raises(ValueError, match=r"^folder is .*, expected a path"):
        read_folder(value)
    with pytest.raises(ValueError, match=r"^split is .*, expected one of 'train', 'held out', 'all'"):
        list(tunes(value))
