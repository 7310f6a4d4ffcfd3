import os
import signal
import threading

import pytest

from evomusic.core.interrupts import hold_interrupts


def interrupt_by_another_thread() -> None:
    """Another thread may take the signal; the handler runs in the main one nevertheless."""
    thread = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT))
    thread.start()
    thread.join()


@pytest.mark.parametrize("interrupt", [lambda: os.kill(os.getpid(), signal.SIGINT), interrupt_by_another_thread])
def test_an_interrupt_waits_for_the_end_of_the_block(interrupt):
    done: list[int] = []
    handler = signal.getsignal(signal.SIGINT)

    def block() -> None:
        with hold_interrupts():
            interrupt()
            done.append(1)

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == [1]
    assert signal.getsignal(signal.SIGINT) is handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_without_an_interrupt_nothing_happens():
    with hold_interrupts():
        pass


def test_it_does_no_harm_in_another_thread():
    done: list[int] = []

    def block() -> None:
        with hold_interrupts():
            done.append(1)

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert done == [1]
