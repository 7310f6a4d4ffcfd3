"""Kernels are kept, and compiled all the same where they cannot be; parts of them are compiled with their callers."""

import os
import subprocess
import sys

import numpy as np
import pytest

from evomusic._jit import inner, njit

KERNEL = """
import sys
from evomusic._jit import njit

@njit(cache=True)
def double(x):
    return 2 * x

print(double(21), double(0.5))
"""


PARTS = """
import numpy as np
from evomusic._jit import inner, njit

@inner()
def half(x):
    return x / 2

@inner()
def halves(x, n):
    for _ in range(n):
        x = half(x)
    return x

@njit(cache=True, error_model="numpy")
def total(row, n):
    sum = 0.0
    for x in row:
        sum += halves(x, n)
    return sum

print(total(np.arange(5.0), 2), halves(4, 1))
"""


def run(tmp_path, before="", **environment):
    """The output and the log of a process that compiles one kernel twice."""
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL)
    code = f"import runpy; {before}\nrunpy.run_path({str(path)!r})"
    names = {k: v for k, v in os.environ.items() if k not in ("EVOMUSIC_CACHE", "XDG_CACHE_HOME", "HOME", "TMPDIR")}
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, env=names | environment, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "42 1.0\n"
    return done.stderr


def compiled(folder):
    """Compiled kernels in a folder, whatever its depth."""
    return list(folder.rglob("*.nbc"))


def test_kernels_are_kept_in_the_folder_that_is_named(tmp_path):
    folder = tmp_path / "cache"
    assert run(tmp_path, EVOMUSIC_CACHE=str(folder)) == ""
    assert len(compiled(folder)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a process's files")
def test_a_full_disk_costs_one_remark(tmp_path):
    folder = tmp_path / "cache"
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"
    log = run(tmp_path, full, EVOMUSIC_CACHE=str(folder))
    assert log.count("compiled kernels are not kept") == 1
    assert compiled(folder) == []


def test_a_damaged_cache_is_compiled_again(tmp_path):
    folder = tmp_path / "cache"
    run(tmp_path, EVOMUSIC_CACHE=str(folder))
    for path in [*folder.rglob("*.nbi"), *compiled(folder)]:
        path.write_bytes(b"")
    run(tmp_path, EVOMUSIC_CACHE=str(folder))


@pytest.mark.parametrize("name", ["EVOMUSIC_CACHE", "XDG_CACHE_HOME", "HOME"])
def test_a_folder_that_cannot_be_made_is_replaced_by_one_among_the_temporary_files(tmp_path, name):
    (tmp_path / "file").touch()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    assert run(tmp_path, TMPDIR=str(temporary), **{name: str(tmp_path / "file" / "folder")}) == ""
    assert len(compiled(temporary)) == 2


def test_without_any_folder_kernels_are_compiled_with_one_remark(tmp_path):
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "folder")
    log = run(tmp_path, f"import tempfile; tempfile.tempdir = {nowhere!r}", EVOMUSIC_CACHE=nowhere)
    assert log.count("compiled kernels are not kept") == 1


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_a_temporary_folder_of_another_user_is_not_used(tmp_path):
    (tmp_path / "file").touch()
    folder = tmp_path / f"evomusic-{os.getuid()}"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    log = run(tmp_path, EVOMUSIC_CACHE=str(tmp_path / "file" / "folder"), TMPDIR=str(tmp_path))
    assert log.count("compiled kernels are not kept") == 1
    assert compiled(folder) == []


@pytest.mark.parametrize("times", [1, 2])
def test_parts_of_kernels_are_kept_with_their_callers_alone(tmp_path, times):
    folder, path = tmp_path / "cache", tmp_path / "parts.py"
    path.write_text(PARTS)
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, path], capture_output=True, text=True, env=os.environ | {"EVOMUSIC_CACHE": str(folder)}
        )
        assert (done.stdout, done.stderr) == ("2.5 2.0\n", "")
    assert len(compiled(folder)) == 1


def test_a_part_is_plain_python_when_called_from_there():
    @inner()
    def counted(n):
        return len(str(n))

    assert counted(333) == 3
    assert counted.kernel.signatures == []


@inner()
def shifted(x, by):
    return x + by


@njit()
def to_last(values):
    found = -1
    for i in range(len(values)):
        if values[i] > 3:
            found = i
    return shifted(1.0, found) + shifted(1.0, 0) + shifted(x=1.0, by=2)


def test_a_kernel_has_one_version_for_all_constants():
    assert to_last(np.arange(9.0)) == 9 + 1 + 3
    assert [str(by) for _, by in shifted.kernel.signatures] == ["int64"]
