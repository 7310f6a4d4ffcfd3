"""The style of a key: shipped, or named and checked."""

import json

import pytest

from evomusic.rules.style_choice import style_for_key
from evomusic.rules.style_file import DATA


def changed(path, **fields):
    """The major style with other fields, as a file; None takes a field out."""
    data = json.loads((DATA / "ryan.json").read_text(encoding="utf-8")) | fields
    path.write_text(json.dumps({k: v for k, v in data.items() if v is not None}), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("key", "style"),
    [
        ("G major", "ryan"),
        ("Bb Major", "ryan"),
        ("C pentatonic", "ryan"),
        ("C chromatic", "ryan"),
        ("D minor", "ryan-minor"),
        ("D melodic minor", "ryan-minor"),
        ("D harmonic minor", "ryan-minor"),
        ("D dorian", "ryan-dorian"),
        ("D mixolydian", "airs-mixolydian"),
    ],
)
def test_a_key_takes_the_shipped_style_of_its_mode(key, style):
    assert style_for_key(key) == style
    assert style_for_key(key, style) == style


def test_a_named_style_may_be_one_whose_scale_holds_the_keys():
    assert style_for_key("E minor pentatonic", "ryan-minor") == "ryan-minor"
    assert style_for_key("E dorian", "ryan-minor") == "ryan-minor"
    assert style_for_key("E chromatic", "ryan-minor") == "ryan-minor"


@pytest.mark.parametrize(
    ("key", "style", "message"),
    [
        (
            "D minor",
            "ryan",
            "style 'ryan' is of major tunes, not for the key 'D minor', expected 'ryan-minor' or 'airs-minor' or",
        ),
        (
            "G major",
            "ryan-minor",
            "style 'ryan-minor' is of minor tunes, not for the key 'G major', expected 'ryan' or",
        ),
        ("D minor", "ryan-dorian", "style 'ryan-dorian' is of dorian tunes, not for the key 'D minor'"),
        ("D lydian", None, "no shipped style fits the key 'D lydian', expected the path of a style of lydian tunes"),
        ("D minor", "ryan-miner", "style 'ryan-miner' is not known.*did you mean 'ryan-minor'"),
        ("D miner", None, "did you mean 'minor'"),
    ],
)
def test_what_does_not_fit_is_refused(key, style, message):
    with pytest.raises(ValueError, match=message):
        style_for_key(key, style)


def test_a_file_fits_by_its_mode_and_one_without_a_mode_fits_every_key(tmp_path):
    lydian, free = changed(tmp_path / "lydian.json", mode="lydian"), changed(tmp_path / "free.json", mode=None)
    assert style_for_key("D lydian", lydian) == lydian
    with pytest.raises(ValueError, match=r"lydian\.json' is of lydian tunes, not for the key 'D minor'"):
        style_for_key("D minor", lydian)
    for key in ("D minor", "G major", "C whole tone"):
        assert style_for_key(key, free) == free


@pytest.mark.parametrize(
    ("key", "metre", "style"),
    [
        ("G major", (4, 4), "ryan"),
        ("G major", (3, 4), "airs"),
        ("D minor", (3, 4), "airs-minor"),
        ("D minor", (2, 6), "ryan-minor"),
        ("G major", (7, 2), "ryan"),
    ],
)
def test_a_shipped_style_whose_tunes_have_the_metre_is_taken(key, metre, style):
    assert style_for_key(key, metre=metre) == style
