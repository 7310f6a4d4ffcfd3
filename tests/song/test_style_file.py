"""Songs trained on a style file that holds its tunes: the same as on the folder, and clear errors."""

from __future__ import annotations

import json

import numpy as np
import pytest

import evomusic as em
from evomusic.corpus import read_folder
from evomusic.corpus.command import BAD_INPUT, OK, main
from evomusic.corpus.written import read_written, written
from evomusic.rules.style_file import from_json, load_style, to_json

MINOR = "X:1\nT:Air\nM:4/4\nL:1/4\nK:Em\nEFGA|BAGF|EGBG|AFEE|]\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of eight-bar tunes and one in minor, a style file with its tunes, and one with counts alone."""
    folder = tmp_path_factory.mktemp("tunes")
    grid = em.make("tune", bars=8).grid
    for i, row in enumerate(em.corpus.held_out(grid, 50, style="airs").melodies):
        em.write(em.Melody(row, grid), folder / f"{i:02}.abc")
    (folder / "air.abc").write_text(MINOR, encoding="utf-8")
    own, plain = folder.parent / "own.json", folder.parent / "plain.json"
    assert main(["--from", str(folder), "-o", str(own), "--songs"]) == OK
    assert main(["--from", str(folder), "-o", str(plain)]) == OK
    return folder, own, plain


def test_the_file_holds_the_tunes_of_its_mode_and_else_what_it_held(files):
    folder, own, plain = files
    model = load_style(own)
    assert len(model.tunes) == 50  # not the one in minor
    assert {source.name: source for source in read_written(model.tunes)}.items() <= {
        source.name: source for source in read_folder(folder)[0]
    }.items()
    counts, tunes = (json.loads(path.read_text(encoding="utf-8")) for path in (plain, own))
    assert len(tunes.pop("tunes")) == 50
    assert tunes | {"name": ""} == counts | {"name": ""}
    assert to_json(from_json(to_json(model))) == own.read_text(encoding="utf-8")
    assert str(folder) not in own.read_text(encoding="utf-8")


@pytest.mark.parametrize("parameters", [{}, {"bars": 8}, {"bars": 2, "metre": "2/4"}], ids=["4", "8", "2/4"])
def test_songs_of_the_file_are_those_of_the_folder(files, parameters):
    folder, own, _ = files
    task, other = em.make("song", style=own, **parameters), em.make("song", tunes=str(folder), **parameters)
    assert (task.sampler.windows == other.sampler.windows).all()
    rows = task.sampler.sample(5, np.random.default_rng(1))
    assert task.evaluate(rows).tolist() == other.evaluate(rows).tolist()


def test_other_tasks_have_the_song_of_their_style(files):
    task = em.make("tune", style=str(files[1]))
    policy = task.soften(1.0, prior="song", rules=["Cadence"])
    assert policy.sample(3, np.random.default_rng(1)).shape == (3, 64)
    assert (task.song.song().windows == em.make("song", style=files[1]).sampler.windows).all()


def test_a_file_that_is_trained_again_is_read_again(files, tmp_path):
    folder, own, _ = files
    path = tmp_path / "own.json"
    path.write_bytes(own.read_bytes())
    first = em.make("song", style=path).sampler
    (tmp_path / "more").mkdir()
    for file in list(folder.glob("*.abc"))[:45]:
        (tmp_path / "more" / file.name).write_bytes(file.read_bytes())
    assert main(["--from", str(tmp_path / "more"), "-o", str(path), "--songs"]) == OK
    assert len(em.make("song", style=path).sampler.windows) < len(first.windows)


def damaged(own, path, section):
    table = json.loads(own.read_text(encoding="utf-8"))
    table["tunes"][0]["sections"] = section
    path.write_text(json.dumps(table), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (["4/4|G major|67:x"], "a bar of its tunes holds '67:x'"),
        (["4/4|G major|999:960"], "a bar of its tunes holds '999:960'"),
        (["4/4|G major|67:99999999999"], "a bar of its tunes holds"),
        (["0/4|G major|67:960"], "begins with '0/4"),
        (["4/4"], "begins with '4/4'"),
        (["4/4|H major|67:960"], "'H' is not a pitch class"),
        ([7], "expected a text"),
        ("4/4", "expected list"),
    ],
)
def test_damaged_tunes_are_refused_in_one_line(files, tmp_path, sections, words):
    path = damaged(files[1], tmp_path / "bad.json", sections)
    with pytest.raises(ValueError, match=words) as caught:
        em.make("song", style=path)
    assert "is damaged" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_counts_alone_and_too_few_tunes_are_refused_in_one_line(files, tmp_path):
    with pytest.raises(ValueError, match="holds no tunes to train songs on, only counts") as caught:
        em.make("song", style=files[2])
    assert "evomusic style --from FOLDER --songs" in str(caught.value)
    with pytest.raises(ValueError, match="holds no tunes to train songs on"):
        em.make("tune", style=str(files[2])).soften(1.0, prior="song")
    with pytest.raises(ValueError, match="have 0 windows of 16 bars"):
        em.make("song", style=files[1], bars=16)
    with pytest.raises(ValueError, match="is of major tunes, not for the key 'E minor'"):
        em.make("song", style=files[1], key="E minor")


def test_songs_need_tunes_at_the_command_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--songs"])
    assert "--songs needs --from FOLDER" in capsys.readouterr().err
    (tmp_path / "tunes").mkdir()
    assert main(["--from", str(tmp_path / "tunes"), "-o", str(tmp_path / "a.json"), "--songs"]) == BAD_INPUT
    assert written([], "major") == ()
