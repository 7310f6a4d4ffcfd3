"""Workers that a server forks, and workers that start anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evomusic.study import processes

SCRIPT = """
import os, signal, sys
from multiprocessing import forkserver
from evomusic.study.executors import Workers
from evomusic.study.processes import prepare
from evomusic.study.work import portable
import tests.study.test_processes as here

prepare()
os.environ["EVOMUSIC_SAID"] = "after the server began"
{before}
workers = Workers(portable({{}}), 2)
(answer,) = workers.submit([here.job()]).result(60)
print(workers._pool.submit(here.kind).result(60), answer.cause)
workers.close(wait=True)
"""


def kind():
    """Said by a worker: how it began, and what it knows of its parent's variables."""
    began = "forked" if "evomusic.study.preload" in sys.modules else "anew"
    return began, os.environ["EVOMUSIC_SAID"], os.environ["OMP_NUM_THREADS"]


def methods():
    """Said by a worker: whether it can draw at once, and the modules of methods that it holds."""
    held = [name for name in sys.modules if name.startswith(("evomusic.evolve.", "evomusic.learn."))]
    return "evomusic.plots.folder" in sys.modules, held


def job():
    """A job that fails in a worker, for there is no such task."""
    from evomusic.study.work import Job

    return Job("planner", "nowhere/planner", "nowhere", "nowhere")


def said(tmp_path, before="", **variables):
    path = f"{Path(__file__).parents[2]}"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(before=before)],
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert not done.stderr
    return done.stdout.strip()


FORKED = "('forked', 'after the server began', '1') KeyError: 'nowhere'"
ANEW = FORKED.replace("forked", "anew")


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux workers are forked")
def test_workers_are_forks_of_a_server_with_the_variables_of_their_parent(tmp_path):
    assert said(tmp_path) == FORKED


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux workers are forked")
def test_a_server_that_died_is_replaced(tmp_path):
    kill = "server = forkserver._forkserver._forkserver_pid; os.kill(server, signal.SIGKILL)"
    dead = "os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)"  # until then it still answers, or may
    assert said(tmp_path, before=f"{kill}; {dead}") == FORKED


def test_where_a_server_refuses_workers_start_anew(tmp_path):
    refuse = "def refuse(fds): raise EOFError\nforkserver.connect_to_new_process = refuse"
    assert said(tmp_path, before=refuse) == ANEW


def test_without_room_for_a_server_workers_start_anew(tmp_path):
    long = tmp_path / ("a" * 100)
    long.mkdir()
    assert said(tmp_path, TMPDIR=str(long)) == ANEW


def test_elsewhere_workers_start_anew(monkeypatch):
    monkeypatch.setattr(processes.platform, "system", lambda: "Darwin")
    assert processes.prepare().get_start_method() == "spawn"


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux workers are forked")
def test_workers_that_draw_hold_no_method(tmp_path):
    script = """
import sys
import tests.study.test_processes as here
from evomusic.study import processes
processes.prepare(processes.DRAWING)
print(processes.answers(here.methods, [()], 1)[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert not done.stderr
    assert done.stdout.strip() == "(True, [])"
