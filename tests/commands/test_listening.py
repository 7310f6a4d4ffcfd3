"""`evomusic listen`: a session by its command, its folder, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from itertools import count

import pytest

import evomusic as em
from evomusic.cli import run
from evomusic.commands.listening import task_of
from tests.listen.browser import Server, fresh

PRESSES = count()
SMALL = ("--task", "rules", "-s", "bars=2")


class Browser(Server):
    """A session's server, and its page's requests."""

    def __init__(self, folder, *words, **more):
        super().__init__("listen", "--port", "0", "-o", str(folder), *words, **more)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.opener.open(self.link).close()

    def state(self):
        with self.opener.open(f"{self.root}/api/state") as answer:
            return json.loads(answer.read())

    def press(self, verb, **body):
        data = json.dumps({"key": f"press-{next(PRESSES):08d}"} | body).encode()
        headers = {"Content-Type": "application/json", "Origin": self.root}
        with self.opener.open(urllib.request.Request(f"{self.root}/api/{verb}", data, headers)) as answer:
            return json.loads(answer.read())


def test_a_killed_session_goes_on_as_it_was(tmp_path):
    folder = tmp_path / "with spaces ♫"
    first = Browser(folder, *SMALL, start=fresh)
    for _ in range(3):
        state = first.state()
        first.press("choose", pair=state["pair"]["id"], winner="b")
    before = first.press("breed")
    first.end()
    second = Browser(folder, start=fresh)
    assert second.state() == before
    second.press("undo")
    lines = second.end(signal.SIGINT).splitlines()
    assert any("3 choices so far" in line for line in lines)
    assert any("to go on: evomusic listen -o" in line for line in lines)


def test_a_second_server_of_one_folder_is_refused(tmp_path, capsys):
    first = Browser(tmp_path / "s", *SMALL)
    try:
        assert run(["listen", "--no-browser", "-o", str(tmp_path / "s")]) == 3
        assert "is locked" in capsys.readouterr().err
    finally:
        first.end()


def test_a_tune_of_ones_own_begins_the_session(tmp_path):
    grid = em.make("tune", bars=6, key="D major").grid
    notes = [(74, 0, 1), (76, 1, 1), (78, 2, 2), (74, 4, 4), (69, 8, 4), (74, 12, 4), (78, 16, 4), (74, 20, 4)]
    em.write(em.Melody.from_notes(notes, grid, "Mine"), tmp_path / "mine.musicxml")
    session = Browser(tmp_path / "s", "--from", str(tmp_path / "mine.musicxml"))
    state = session.state()
    session.end()
    assert (state["frame"]["key"], state["frame"]["bars"]) == ("D major", 6)
    assert [note[0] for note in state["cards"][0]["notes"]] == [note[0] for note in notes]
    assert all(card["how"] == "varied from 1.1" for card in state["cards"][1:])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--task", "tunes"), "did you mean 'tune'"),
        (("--task", "tune", "-s", "bar=8"), "bar"),
        (("--form", "A-B"), "form is 'A-B'"),
        (("--from", "missing.mid"), "missing.mid"),
        (("--part", "2"), "expected --from FILE"),
        (("--port", "99999"), "--port is 99999"),
        (("--seed", "-1"), "--seed is -1"),
    ],
)
def test_wrong_options_are_one_line_and_leave_no_session(tmp_path, capsys, words, line):
    assert run(["listen", "--no-browser", "-o", str(tmp_path / "s"), *words]) in (2, 4)
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1
    assert not (tmp_path / "s").exists()


def test_the_task_of_a_table_is_made_once():
    assert task_of({"name": "rules", "bars": 2}) is task_of({"name": "rules", "bars": 2})
    assert task_of({"name": "rules", "bars": 1}).grid.bars == 1


def test_options_of_another_session_are_refused_and_its_own_are_not(tmp_path, capsys):
    Browser(tmp_path / "s", *SMALL).end()
    assert run(["listen", "--no-browser", "-o", str(tmp_path / "s"), "--task", "tune"]) == 2
    assert "holds another session; --task is for a new one" in capsys.readouterr().err
    Browser(tmp_path / "s", *SMALL).end()


def test_a_study_is_no_place_for_a_session(tmp_path, capsys):
    (tmp_path / "study.resolved.json").write_text("{}")
    assert run(["listen", "--no-browser", "-o", str(tmp_path)]) == 2
    assert "holds a study" in capsys.readouterr().err


def test_a_damaged_session_is_refused_by_its_line(tmp_path, capsys):
    Browser(tmp_path / "s", *SMALL).end()
    path = tmp_path / "s" / "events.jsonl"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"seed":0', b'"seed":1'))
    assert run(["listen", "--no-browser", "-o", str(tmp_path / "s")]) == 3
    assert "events.jsonl, line 1 is damaged" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(tmp_path, capsys):
    first = Browser(tmp_path / "s", *SMALL)
    try:
        assert run(["listen", "--no-browser", "-o", str(tmp_path / "t"), *SMALL, "--port", first.port]) == 74
        assert f"port {first.port} cannot be used" in capsys.readouterr().err
    finally:
        first.end()


def test_an_old_link_does_not_open_a_new_server(tmp_path):
    first = Browser(tmp_path / "s", *SMALL)
    first.end()
    second = Browser(tmp_path / "s")
    try:
        token = first.link.partition("=")[2]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{second.root}/?token={token}")
        assert os.path.getsize(tmp_path / "s" / "events.jsonl") > 0
    finally:
        second.end()
