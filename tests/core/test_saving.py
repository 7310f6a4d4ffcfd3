"""Files are there as a whole or not at all."""

import errno
import os
import stat
import subprocess
import sys

import numpy as np
import pytest

import evomusic as em
from evomusic.core.saving import parse_json, write_bytes


def test_a_file_is_written_and_overwritten(tmp_path):
    path = tmp_path / "a file.bin"
    write_bytes(path, b"one")
    write_bytes(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a file.bin"]


@pytest.mark.parametrize("old", [None, b"as it was"])
@pytest.mark.parametrize(
    ("error", "caught"), [(OSError(errno.ENOSPC, "No space left on device"), OSError), (KeyboardInterrupt(), None)]
)
def test_a_full_disk_leaves_the_old_file_or_none(tmp_path, monkeypatch, old, error, caught):
    path = tmp_path / "tune.mid"
    if old is not None:
        path.write_bytes(old)

    def full(_):
        raise error

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(caught or KeyboardInterrupt) as raised:
        write_bytes(path, b"new")
    if caught:
        assert (raised.value.filename, raised.value.strerror) == (str(path), "No space left on device")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([old] if old is not None else [])


def test_a_file_that_grows_beyond_the_systems_limit_leaves_none(tmp_path):
    code = (
        "import resource, sys; from evomusic.core.saving import parse_json, write_bytes;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); write_bytes(sys.argv[1], bytes(10_000))"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code, str(tmp_path / "a")], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"OSError: [Errno {errno.EFBIG}] File too large: '{tmp_path / 'a'}'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["gone/a.txt", "file/a.txt", "folder"])
def test_an_error_names_the_path(tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=place) as raised:
        write_bytes(tmp_path / place, b"data")
    assert raised.value.filename == str(tmp_path / place)


def test_rights_and_links_stay_as_they_were(tmp_path):
    path, link = tmp_path / "target", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_bytes(link, b"new")
    assert (link.is_symlink(), path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (True, b"new", 0o640)


def test_a_device_is_written_to_directly():
    write_bytes(os.devnull, b"data")
    assert not os.path.isfile(os.devnull)


def test_a_state_that_cannot_be_written_leaves_the_state_before(tmp_path, monkeypatch):
    path, rng = tmp_path / "s.npz", np.random.default_rng(0)
    em.save_state(path, (np.arange(3),), rng)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"s\.npz"):
        em.save_state(path, (np.arange(4),), rng)
    (state,), _ = em.load_state(path, (np.arange(0),))
    assert state.tolist() == [0, 1, 2]
    assert os.listdir(tmp_path) == ["s.npz"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("9" * 5_000, "whole number of 5000 digits, expected at most 400"),
        ('{"a": [-' + "9" * 5_000 + "]}", "whole number of 5001 digits"),
        ("{", "Expecting property name"),
    ],
)
def test_json_that_no_file_of_ours_holds_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_json(text)


def test_json_is_read_as_it_is_written():
    assert parse_json(b'{"a": [1, -2.5, 1e400, null, "x"]}') == {"a": [1, -2.5, float("inf"), None, "x"]}
