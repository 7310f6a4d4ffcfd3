"""Interrupts (Ctrl-C) that wait until a moment at which they can be answered."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hold_interrupts() -> Iterator[None]:
    """Hold an interrupt back until the end of the block; processes that start in it are not interrupted at all.

    Raises:
        KeyboardInterrupt: there was one meanwhile; at the end of the block.
    """
    here = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if here else None
    masks, came = hasattr(signal, "pthread_sigmask"), list[int]()
    if handler is not None:
        signal.signal(signal.SIGINT, lambda number, frame: came.append(number))  # other threads may take the signal
    if masks:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # new processes inherit it
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    if came and callable(handler):
        handler(came[0], None)
