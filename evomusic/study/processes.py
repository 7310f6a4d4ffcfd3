"""How worker processes start: forked by a server that has imported evomusic once, or each anew.

On Linux the server of `multiprocessing` imports `preload` while the caller goes on (`prepare`), and workers are its
forks: they begin at once. It has a single thread, so that a fork inherits no lock that nobody will open. Elsewhere, and
where a server cannot be had, each worker starts anew. Either way the caller's script is not imported again, so that no
`if __name__ == "__main__"` is needed.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.context import BaseContext
from types import ModuleType

from evomusic.core.interrupts import hold_interrupts

ONE_THREAD = ("EVOMUSIC_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PRELOAD = "evomusic.study.preload"


def prepare() -> BaseContext:
    """The way in which workers start; a server, if there can be one, begins to import."""
    if platform.system() != "Linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([PRELOAD])
    try:
        with quiet_start():
            forkserver.ensure_running()
    except OSError:  # no room for its socket: a very long TMPDIR, a full disk
        return get_context("spawn")
    return context


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
