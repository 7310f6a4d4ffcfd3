"""Packs of cells: what a kill may leave, what damage is said to be, and that order is of seeds."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from evomusic.study.folder import RunError
from evomusic.study.packs import Writer, pack_of, read_lines, settle
from evomusic.study.results import Cell
from evomusic.study.store import read_run
from tests.seconds import within
from tests.study.packed import cells_in, put_in, take_out
from tests.study.test_runner import Counted, run, small, tracked


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "run"
    assert run(small(seeds=3), folder) == []
    return folder


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.mark.parametrize("cut", [1, 2, 77, 300, -1])
def test_a_torn_tail_is_passed_over_by_readers_and_cut_off_by_the_next_run(finished, folder, cut):
    pack = folder / "cells/tiny/q.jsonl"
    whole = pack.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    pack.write_bytes(whole[: len(whole) - cut] if cut > 0 else whole[: last + 1])
    assert [str(cell) for cell in read_run(folder).missing] == ["tiny/q/2"]
    counted = Counted()
    assert run(small(seeds=3), folder, progress=counted) == []
    assert (counted.jobs, counted.kept) == (1, 11)
    assert tracked(folder) == tracked(finished)


def test_a_torn_tail_without_a_whole_cell_goes_with_its_file(folder):
    pack = folder / "cells/tiny/q.jsonl"
    pack.write_bytes(pack.read_bytes()[:100])
    settle(folder, "tiny", "q")
    assert not pack.exists()


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_flipped_byte_is_told_with_its_file_line_and_cell(folder, line):
    pack, rng = folder / "cells/tiny/q.jsonl", np.random.default_rng(line)
    whole = pack.read_bytes()
    starts = [0, *(i + 1 for i, byte in enumerate(whole) if byte == 10)]
    for place in rng.integers(starts[line - 1], starts[line], 40):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(7))
        pack.write_bytes(flipped)
        with pytest.raises(RunError, match=rf"tiny/q\.jsonl is damaged in line {line}: .*; delete line {line} of it"):
            read_run(folder)
    pack.write_bytes(whole.replace(b'"steps":400,"best_return"', b'"steps":401,"best_return"'))
    with pytest.raises(RunError, match="the cell tiny/q/0 cannot be used: it is not what was written"):
        read_run(folder)


def test_the_line_that_is_deleted_is_the_cell_that_is_computed_again(finished, folder):
    take_out(folder, "tiny/q/1")
    counted = Counted()
    assert run(small(seeds=3), folder, progress=counted) == []
    assert counted.jobs == 1
    assert tracked(folder) == tracked(finished)


def test_a_cell_that_is_there_twice_is_refused(folder):
    put_in(folder, "tiny/q/0", read_lines(folder, "tiny", "q")[0].text)
    with pytest.raises(RunError, match=r"in line 4: the cell tiny/q/0 cannot be used: it is in line 1 too"):
        read_run(folder)


def test_lines_in_another_order_are_put_in_the_order_of_seeds_by_the_next_run(finished, folder):
    put_in(folder, "tiny/q/0", take_out(folder, "tiny/q/0"))
    assert [line.cell.seed for line in read_lines(folder, "tiny", "q")] == [1, 2, 0]
    assert tracked(folder) != tracked(finished)
    assert run(small(seeds=3), folder) == []
    assert tracked(folder) == tracked(finished)


def test_every_order_of_writing_settles_to_the_same_bytes(finished, tmp_path):
    lines = {line.cell: line.text + b"\n" for line in read_lines(finished, "tiny", "q")}
    for order in ([0, 1, 2], [2, 0, 1], [2, 1, 0]):
        folder = tmp_path / "".join(map(str, order))
        with Writer(folder) as writer:
            for seed in order:
                writer.add([(Cell("tiny", "q", seed), lines[Cell("tiny", "q", seed)])])
                assert len(read_lines(folder, "tiny", "q")) == order.index(seed) + 1  # at once, before any sync
        settle(folder, "tiny", "q")
        assert pack_of(folder, "tiny", "q").read_bytes() == (finished / "cells/tiny/q.jsonl").read_bytes()


def test_a_thousand_cells_are_stored_in_a_second_of_processor_time(finished, tmp_path):
    text = read_lines(finished, "tiny", "q")[0].text + b"\n"

    def store() -> Path:
        folder = Path(mkdtemp(dir=tmp_path))
        with Writer(folder) as writer:
            for start in range(0, 1000, 20):
                writer.add([(Cell("tiny", "q", seed), text) for seed in range(start, start + 20)])
        return folder

    assert pack_of(within(1, store), "tiny", "q").read_bytes() == 1000 * text


def test_labels_may_hold_what_a_name_of_a_folder_may(tmp_path):
    methods = {"räume & 'q' #1.jsonl": {"kind": "RandomSearch"}}
    assert run(small(methods=methods, tasks={"tiny": "tiny"}), tmp_path) == []
    assert [name.partition(":")[2] for name in cells_in(tmp_path)] == [
        f"tiny/{next(iter(methods))}/{i}" for i in (0, 1)
    ]
