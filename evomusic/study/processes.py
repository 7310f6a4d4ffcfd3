"""The start of worker processes: forked by a server that has imported evomusic once, or each anew.

On Linux the server of `multiprocessing` imports `preload` while the caller goes on (`prepare`), and workers are its
forks: they begin at once. It has a single thread, so that a fork inherits no lock that nobody will open. Elsewhere, and
where a server cannot be had, each worker starts anew. Either way the caller's script is not imported again, so that no
`if __name__ == "__main__"` is needed.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, forkserver, get_context, parent_process, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from evomusic.core.interrupts import hold_interrupts

ONE_THREAD = ("EVOMUSIC_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
METHODS = ["evomusic.evolve.ga", "evomusic.evolve.baselines", "evomusic.learn.control", "evomusic.core.optimum.solve"]
FIGURES = ["evomusic.plots.folder", "evomusic.plots.notebook", "matplotlib.backends.backend_svg", "PIL.Image"]
PRELOAD = ["evomusic.study.preload", *METHODS, "evomusic.corpus", *FIGURES]
DRAWING = ["evomusic.core.ledger", *FIGURES]  # of workers that draw a study and run none: no compiled kernel
WORKERS = 1024  # at most
A = TypeVar("A")


def prepare(modules: Sequence[str] = PRELOAD) -> BaseContext:
    """The way in which workers start; a server, if there can be one, begins to import these modules."""
    if platform.system() != "Linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    try:
        with quiet_start():
            forkserver.ensure_running()
    except OSError:  # no room for its socket: a very long TMPDIR, a full disk
        return get_context("spawn")
    return context


def prepare_for(folder: Path, fresh: bool) -> None:
    """Let workers of a study begin to import, unless its folder has tables: where one ended, no job may be left."""
    if fresh or not (folder / "summary.csv").exists():
        prepare()


@contextmanager
def quiet_start() -> Iterator[None]:
    """While processes start: one thread each, no script imported again, and an interrupt waits until they stand."""
    main, before = sys.modules["__main__"], {name: os.environ.get(name) for name in ONE_THREAD}
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    resource_tracker.ensure_running()  # its start would let interrupts through again
    try:
        with hold_interrupts():
            yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def attend(environment: Mapping[str, str]) -> None:
    """Make this process a worker: it has one thread, ends with its parent, and leaves interrupts to it.

    Args:
        environment: the parent's variables; the server that forked this process may have older ones.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and says what is to be done
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.clear()
    os.environ.update({**environment, **dict.fromkeys(ONE_THREAD, "1")})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def answers(function: Callable[..., A], calls: Iterable[tuple[Any, ...]], workers: int) -> list[A]:
    """Answers of a function to many calls, made in so many processes.

    Raises:
        BrokenProcessPool: a worker died.
        OSError: workers cannot be started.
    """
    pool = ProcessPoolExecutor(workers, prepare(), attend, (dict(os.environ),))
    try:
        with quiet_start():
            futures = [pool.submit(function, *call) for call in calls]
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
