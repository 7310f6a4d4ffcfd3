"""Jobs on a cluster of `dask.distributed`: one of this machine (`local`), or one that runs already, by its address.

The engine sends batches to workers, moves those of a worker that died to another, and takes workers as they come and
go. What it does not do is left to `Lane`: order, batches, and what becomes of a job that kills every worker it is on.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import ModuleType
from typing import Any, Final

import cloudpickle
import dask
from distributed import Client, KilledWorker, LocalCluster

from evomusic.core.task import Task
from evomusic.study import there
from evomusic.study.processes import quiet_start
from evomusic.study.work import Answer, Job, portable

LOCAL: Final = "local"
AHEAD: Final = 2  # batches a thread: while one runs, the next is on its way
LOOK: Final = 2.0  # seconds between two counts of the workers
PATIENCE: Final = 30.0  # seconds that a scheduler has to answer
QUIET: Final = {"distributed.worker.daemon": True, "distributed.scheduler.worker-ttl": None}  # kernels may be long


class Cluster:
    """Batches on the workers of a cluster.

    Args:
        address: of a scheduler, such as `tcp://node1:8786`, or `local` for a cluster of this machine's processes.
        tasks: by label.
        count: processes of a local cluster.

    Raises:
        OSError: no scheduler answers there.
    """

    deadly: tuple[type[BaseException], ...] = (KilledWorker,)
    attempts = 1  # the engine has tried several workers
    hopeless = False

    def __init__(self, address: str, tasks: Mapping[str, Task], count: int):
        self._own, self._main = None, sys.modules["__main__"]
        self._run = f"evomusic-{secrets.token_hex(8)}"
        self._looked, self._threads = 0.0, 1
        if address == LOCAL:
            self._own = _local(count)
            sys.modules["__main__"] = ModuleType("__main__")  # workers that replace others import no script either
        try:
            self._client = Client(self._own or address, timeout=PATIENCE, set_as_default=False)
            self._client.register_plugin(there.Tables(self._run, packed(dict(tasks)) or b""))
        except (OSError, TimeoutError, ValueError) as error:
            self._end()
            raise OSError(f"no Dask scheduler answers at {address}: {error}".splitlines()[0]) from None
        except BaseException:
            self._end()
            raise
        self._pool = self._client.get_executor(pure=False)

    @property
    def room(self) -> int:
        """A few batches for each thread that the cluster has just now."""
        now = time.monotonic()
        if now - self._looked > LOOK:
            self._looked, self._threads = now, sum(self._client.nthreads().values())
        return AHEAD * max(1, self._threads)

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        """Begin a batch."""
        found: Future[list[Answer]] = self._pool.submit(there.do_there, self._run, packed(jobs))
        return found

    def halt(self) -> None:
        """Let running jobs end."""
        self._client.run(there.halt, self._run, wait=False, on_error="ignore")

    def close(self, wait: bool) -> None:
        """Take the tables back, and leave the cluster; end it where it is our own."""
        with contextlib.suppress(Exception):  # it may be gone
            self._pool.shutdown(wait=wait)
            self._client.unregister_worker_plugin(self._run)
        self._end()

    def _end(self) -> None:
        for each in (getattr(self, "_client", None), self._own):
            if each is not None:
                each.close()
        sys.modules["__main__"] = self._main


def packed(thing: Any) -> bytes | None:
    """A thing as bytes; what the caller's script defines goes along with its code. None for what cannot be sent."""
    with contextlib.suppress(Exception):  # whatever a user's object raises
        return portable(thing) or cloudpickle.dumps(thing)
    return None


def _local(count: int) -> Any:
    """A cluster of so many processes with a thread each, which an interrupt does not reach."""
    with quiet_start(), dask.config.set(QUIET):
        return LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR, memory_limit=0
        )
