"""Commands as forks of one process, which has imported the pages, trained their songs and loaded their kernels.

`python -m tests.listen.forks` is that process. It has a single thread, so that a fork inherits no lock that nobody will
open, and ends with its forks when whoever started it does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path


class Fork:
    """A command in a fork, as `subprocess.Popen` would have it."""

    def __init__(self, words):
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        socket.send_fds(_origin(), [json.dumps(words).encode()], [out_end, err_end])
        os.close(out_end)
        os.close(err_end)
        self.stdout, self.stderr = os.fdopen(out), os.fdopen(err)
        self.pid = int(_origin().recv(100))

    def send_signal(self, number):
        """Send it a signal; its origin has not waited for it, so that no other process has its number."""
        os.kill(self.pid, number)

    def wait(self):
        """It has ended when nothing more can come on stderr."""


@cache
def _origin():
    """A socket of the process that forks; it begins to import."""
    here, there = socket.socketpair()
    process = subprocess.Popen([sys.executable, "-m", __name__], stdin=there, start_new_session=True)
    atexit.register(lambda: (here.close(), process.wait()))
    there.close()
    return here


def _warm():
    """A session of some presses, for all that takes time once; its forks make no soft optimum before one is needed."""
    from evomusic import cli  # noqa: F401
    from evomusic.commands import listening, watching  # noqa: F401
    from evomusic.listen import page, service
    from evomusic.listen.generations import first_generation
    from evomusic.listen.log import Log
    from tests.listen.small import choose, press

    with tempfile.TemporaryDirectory() as folder:
        session = service.Service(Log(Path(folder)), listening.task_of({"name": "tune"}))
        session.add({"kind": "begin"})
        session.add(first_generation(session))
        shown = page.state(session)
        for card in (*shown["cards"], *(shown["pair"][side] for side in "ab")):
            page.score(session.card(card["id"]).melody(session.task.grid), card["id"])
        for _ in range(2):
            choose(session)
        press(session, "breed")
    service.FIRST = 600.0
    gc.collect()
    gc.freeze()


def _run(words, out, err):
    """Be the command."""
    from evomusic.__main__ import main

    for end, place in ((out, 1), (err, 2)):
        os.dup2(end, place)
        os.close(end)
    sys.argv = ["evomusic", *words]
    sys.exit(main())


def main():
    """Fork for each message, a list of words and two ends of pipes; answer by the number of the process."""
    door = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _warm()
    while True:
        text, ends, _, _ = socket.recv_fds(door, 65_536, 2)
        if not text:
            os.killpg(0, signal.SIGKILL)
        number = os.fork()
        if not number:
            door.close()
            _run(json.loads(text), *ends)
        for end in ends:
            os.close(end)
        door.send(str(number).encode())


if __name__ == "__main__":
    main()
