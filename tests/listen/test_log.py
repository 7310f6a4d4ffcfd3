"""The events of a session on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evomusic.listen.log import Log
from evomusic.study.folder import RunError

EVENTS = [{"kind": "begin", "seed": 3}, {"kind": "steer", "value": 0.1}, {"kind": "mode", "title": 'a "quoted" ♯'}]


def written(folder: Path) -> Path:
    log = Log(folder)
    for event in EVENTS:
        log.add(event)
    return log.path


def test_events_come_back_as_they_were(tmp_path):
    written(tmp_path)
    assert Log(tmp_path).events == EVENTS


def test_an_event_is_synced_before_add_returns(tmp_path, monkeypatch):
    log, order = Log(tmp_path), []
    monkeypatch.setattr(os, "fsync", lambda handle: order.append(log.path.stat().st_size))
    monkeypatch.setattr("evomusic.listen.log.sync_folder", lambda folder: None)
    log.add(EVENTS[0])
    assert order == [log.path.stat().st_size]
    assert order[0] > 0


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_cut_short_is_left_out_and_written_over(tmp_path, cut):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    log = Log(tmp_path)
    assert log.events == EVENTS[:2]
    log.add({"kind": "undo"})
    assert Log(tmp_path).events == [*EVENTS[:2], {"kind": "undo"}]


def test_any_changed_byte_is_found_and_named_by_its_line(tmp_path):
    path = written(tmp_path)
    data = path.read_bytes()
    for at in range(len(data) - 1):
        if data[at] == ord("\n"):
            continue
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        line = data[:at].count(b"\n") + 1
        with pytest.raises(RunError, match=f"line {line}|line {line + 1}"):
            Log(tmp_path)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path, monkeypatch):
    written(tmp_path)
    log = Log(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space"):
            log.add({"kind": "undo"})
    assert log.events == EVENTS
    log.add({"kind": "steer", "value": 1.0})
    assert Log(tmp_path).events == [*EVENTS, {"kind": "steer", "value": 1.0}]


@pytest.mark.parametrize("order", [[0, 2], [0, 1, 1, 2], [0, 2, 1], [1, 2]], ids=str)
def test_a_line_left_out_doubled_or_moved_is_refused(tmp_path, order):
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[i] for i in order))
    with pytest.raises(RunError, match=r"line [123] is damaged"):
        Log(tmp_path)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes() + b"x")])
def test_nothing_is_written_to_a_log_that_was_deleted_or_changed_meanwhile(tmp_path, spoil):
    log = Log(tmp_path)
    log.add(EVENTS[0])
    spoil(log.path)
    with pytest.raises(OSError, match="changed or deleted"):
        log.add(EVENTS[1])
    assert log.events == EVENTS[:1]


def test_a_log_never_grows_larger_than_can_be_read_again(tmp_path, monkeypatch):
    log = Log(tmp_path)
    log.add(EVENTS[0])
    monkeypatch.setattr("evomusic.listen.log.LARGEST", log.path.stat().st_size + 10)
    with pytest.raises(OSError, match="begin another"):
        log.add(EVENTS[1])
    assert Log(tmp_path).events == EVENTS[:1]
