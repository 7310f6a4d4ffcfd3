"""Studies on a cluster of Dask workers: the same bytes as here, whatever happens to a worker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import evomusic as em
from evomusic.core.checks import NotInstalled
from evomusic.study.progress import Progress
from evomusic.study.runner import Plan, run_study
from evomusic.study.store import read_run
from tests.study.packed import cells_in
from tests.study.stand_ins import Dies, Raises, Slow, Uniform, small_task
from tests.study.test_runner import run, slow_study, small, tracked

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
    pytest.mark.timeout(280),
]


@pytest.fixture(scope="module")
def address():
    """A cluster of two workers that begins before the studies and outlives them; a task may lose one worker."""
    import dask

    from evomusic.study.processes import quiet_start

    allowed = {"distributed.scheduler.allowed-failures": 1, "distributed.worker.daemon": True}
    with quiet_start(), dask.config.set(allowed):
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50, memory_limit=0
        )
    yield cluster.scheduler_address
    cluster.close()


def there(study, folder: Path, address: str, progress: Progress | None = None):
    return run_study(Plan(study, folder, workers=2, cluster=address), progress).failures


def test_a_cluster_leaves_the_same_bytes_as_this_process(address, tmp_path):
    study = small(seeds=20)
    assert run(study, tmp_path / "here") == []
    assert there(study, tmp_path / "there", address) == []
    assert tracked(tmp_path / "there") == tracked(tmp_path / "here")


def test_a_worker_killed_in_mid_study_changes_no_byte(address, tmp_path):
    class Kills(Progress):
        done = 0

        def ended(self, name, cause):
            self.done += 1
            if self.done == 5:
                with distributed.Client(address, set_as_default=False) as client:
                    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

    study = small(methods={"slow": Slow(4, 0.01), "uniform": Uniform()}, tasks={"tiny": "tiny"}, seeds=8)
    assert run(study, tmp_path / "here") == []
    kills = Kills()
    assert there(study, tmp_path / "there", address, kills) == []
    assert kills.done == 3 + 16
    assert tracked(tmp_path / "there") == tracked(tmp_path / "here")


def test_a_method_that_kills_its_workers_fails_its_own_cells_only(address, tmp_path):
    study = small(methods={"good": Uniform(), "bad": Dies()}, seeds=1, tasks={"small": small_task()})
    (failure,) = there(study, tmp_path, address)
    assert (failure.name, failure.cause) == ("small/bad/0", "its worker process died, 2 times in a row")
    assert [str(o.cell) for o in read_run(tmp_path).outcomes] == ["small/good/0"]


def test_a_method_that_raises_leaves_its_traceback(address, tmp_path):
    (failure,) = there(small(methods={"bad": Raises()}, seeds=1, tasks={"tiny": "tiny"}), tmp_path, address)
    assert failure.cause == "RuntimeError: out of ideas"
    assert "in trouble" in failure.trace.read_text()


OWN = """
from dataclasses import dataclass
import evomusic as em
from tests.study.stand_ins import Uniform

@dataclass(frozen=True)
class Mine(Uniform):
    extra: int = 3

    def trouble(self):
        import os
        assert os.getpid() != {pid}

@dataclass(frozen=True, kw_only=True)
class Low:
    "1 for a note below the middle of the range."
    start = None
    hears = ()

    def read(self, memory, event, slot):
        return memory, float(event.is_note and event.pitch < 64)

task = em.Task(em.Grid(bars=1, steps_per_beat=1, low=60, high=67), em.Reward({{Low(): 1.0}}), "own")
study = em.Study(tasks={{"own": task}}, methods={{"mine": Mine()}}, steps=400, seeds=4)
import sys
found = em.compare(study, sys.argv[1], workers=2, cluster={cluster!r}, figures=False)
assert not found.failures, found.failures
"""


def test_methods_and_rules_of_a_script_are_sent_with_their_code(address, tmp_path):
    for name, cluster, pid in (("there", address, "os.getppid()"), ("here", None, "-1")):
        (tmp_path / "own.py").write_text(OWN.format(cluster=cluster, pid=pid))
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, str(tmp_path / "own.py"), str(tmp_path / name)],
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
    assert cells_in(tmp_path / "there") == cells_in(tmp_path / "here")


def test_a_local_cluster_is_begun_and_ended_with_the_study_and_an_interrupt_keeps_cells(tmp_path):
    code = f"""
import sys
from pathlib import Path
from evomusic.study.runner import Plan, run_study
from tests.study.test_runner import slow_study
try:
    sys.exit(len(run_study(Plan(slow_study(), Path({str(tmp_path)!r}), workers=2, cluster="local")).failures))
except KeyboardInterrupt:
    sys.exit(130)
"""
    from tests.study.test_runner import wait_for

    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, start_new_session=True, stderr=subprocess.PIPE)
    wait_for(lambda: len(cells_in(tmp_path)) >= 1, 120)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C: workers get it too
    assert process.wait(timeout=60) == 130
    kept = cells_in(tmp_path)
    assert run(slow_study(), tmp_path) == []
    assert kept.items() <= cells_in(tmp_path).items()


@pytest.mark.parametrize("address", ["node1", "tcp://", "tcp://node1", 3, ""])
def test_an_address_that_is_none_is_told(tmp_path, address):
    with pytest.raises(
        ValueError, match=r"cluster is .*, expected the address of a scheduler, such as tcp://node1:8786"
    ):
        em.compare(small(), tmp_path, cluster=address, progress=Progress())


def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("evomusic.study.cluster.PATIENCE", 0.5)
    with pytest.raises(OSError, match=r"^no Dask scheduler answers at tcp://127\.0\.0\.1:9: ") as error:
        there(small(seeds=1), tmp_path, "tcp://127.0.0.1:9")
    assert "\n" not in str(error.value)


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    line = 'a cluster needs distributed, expected it installed: pip install "evomusic[cluster]"'
    with pytest.raises(NotInstalled, match=re.escape(line)):
        em.compare(small(), tmp_path, cluster="local", progress=Progress())
