"""The listener's page: seconds until a melody can be heard, a generation, a bar drawn anew, and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.timing import Sheet


def page(sheet: Sheet, small: bool) -> None:
    """The command `evomusic listen` as a browser uses it."""
    starts = [_Session().ends() for _ in range(1 if small else sheet.repeats)]
    sheet.most("listening: from the command to the first melody and its score", min(starts), "s", 1.5)
    session, choices = _Session(), 12 if small else 500
    every = choices // 4
    bred, redrawn = [], []
    for number in range(choices):
        session.choose()
        if number % every == every - 1:
            bred.append(session.timed("breed"))
            time.sleep(1.5)  # the soft optimum is made ahead while the listener listens
            card = session.state["cards"][0]["id"]
            session.timed("lock", card=card, bar=1, on=True)
            redrawn.append(session.timed("redraw", card=card))
    sheet.most("listening: a generation of 1,000 bred and shown", max(bred), "s", 1.0)
    sheet.most("listening: all bars but a locked one drawn anew", max(redrawn), "s", 0.1)
    sheet.most(f"listening: memory after {choices} choices", session.memory(), "MB", 400)
    session.ends()


class _Session:
    """A server in a process of its own, and what a browser asks of it first."""

    def __init__(self) -> None:
        self.folder, begun, self._keys = tempfile.TemporaryDirectory(), time.perf_counter(), count()
        command = [sys.executable, "-m", "evomusic", "listen", "--no-browser", "--port", "0", "-o", self.folder.name]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        link = self.process.stdout.readline().strip() if self.process.stdout else ""
        self.root = link.partition("/?")[0]
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._browser.open(link).read()
        self.state: dict[str, Any] = self._get("/api/state")
        card = self.state["pair"]["a"]["id"]
        self._browser.open(f"{self.root}/api/cards/{card}/score.svg").read()
        self.seconds = time.perf_counter() - begun

    def _get(self, path: str) -> Any:
        return json.loads(self._browser.open(f"{self.root}{path}").read())

    def timed(self, verb: str, **body: Any) -> float:
        """Seconds until a press is answered."""
        begun = time.perf_counter()
        data = json.dumps({"key": f"press-{next(self._keys):08d}"} | body).encode()
        headers = {"Content-Type": "application/json", "Origin": self.root}
        request = urllib.request.Request(f"{self.root}/api/{verb}", data, headers)
        self.state = json.loads(self._browser.open(request).read())
        return time.perf_counter() - begun

    def choose(self) -> None:
        """Answer the question that is asked, by a taste for fewer notes."""
        pair = self.state["pair"]
        winner = "a" if len(pair["a"]["notes"]) <= len(pair["b"]["notes"]) else "b"
        self.timed("choose", pair=pair["id"], winner=winner)

    def memory(self) -> float:
        """Memory of the server, in MB."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if os.path.exists(status) else []
        return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), float("nan"))

    def ends(self) -> float:
        """Stop the server; seconds that its start took."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.folder.cleanup()
        return self.seconds
