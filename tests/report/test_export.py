import shutil
from pathlib import Path

import pytest

import evomusic as em
from evomusic.plots import pieces
from evomusic.report import export_melodies
from evomusic.report.export import file_of
from evomusic.study.store import read_run
from tests.plots.studies import finished, run_of


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(finished(), tmp_path / "moved"))


def test_every_melody_is_written_as_midi_and_musicxml(folder):
    names = sorted(p.relative_to(folder).as_posix() for p in export_melodies(folder))
    stems = ["hill climbing", "luck", "q & # é", "references/noise", "references/optimum"]
    assert names == sorted(f"melodies/tiny/{s}{kind}" for s in stems for kind in (".mid", ".musicxml"))
    assert all((folder / name).stat().st_size for name in names)


@pytest.mark.parametrize("kind", [".mid", ".musicxml"])
def test_written_melodies_sound_as_those_found(folder, kind):
    export_melodies(folder)
    task = read_run(folder).tasks["tiny"]
    best = task.best("luck")
    assert em.read(folder / f"melodies/tiny/luck{kind}", task.grid) == best.best.canonical


def test_a_method_called_optimum_does_not_overwrite_the_optimum():
    task = run_of({"optimum": 9.0}).tasks["t"]
    assert len({file_of(task, piece, ".mid") for piece in pieces(task)}) == len(pieces(task))


def test_writing_again_changes_no_byte(folder):
    first = [p.read_bytes() for p in export_melodies(folder)]
    assert [p.read_bytes() for p in export_melodies(folder)] == first
