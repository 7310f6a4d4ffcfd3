"""The order in which waiting jobs are begun, and how many are handed out together.

Every step costs the logarithm of the number of groups at most, so that a study of many cells is dealt out in linear
time. A *cold* group is one whose parts, taken together, nobody has run yet: its kernels may have to be compiled.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from evomusic.study.work import BATCH, Job

MOST: Final = 1000  # jobs of a batch


class Queue:
    """Jobs that wait, by group.

    New groups come first, for nobody knows how long they take, but of cold groups that share parts one at a time: two
    workers would compile the same. Then the longest. Whatever is left keeps workers from being idle.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.count = 0
        self._waiting: dict[str, deque[tuple[int, Job]]] = {}
        self._seconds: dict[str, float] = {}  # that a job of a group takes
        self._cold: dict[frozenset[str], deque[str]] = {}  # groups of which none was begun, by parts
        self._new: deque[str] = deque()  # the same, of parts that have run
        self._longest: list[tuple[float, int, str]] = []  # a heap; an entry whose seconds have changed is stale
        self._rest: list[tuple[int, str]] = []  # a heap of groups that are not measured; some entries are stale
        self._first: set[str] = set()  # names of running jobs of cold groups
        self._busy: Counter[str] = Counter()  # their parts
        for number, job in enumerate(jobs):
            if job.group not in self._waiting:
                self._waiting[job.group] = deque()
                (self._cold.setdefault(job.parts, deque()) if job.parts else self._new).append(job.group)
                self._rest.append((number, job.group))
            self._waiting[job.group].append((number, job))
            self.count += 1

    def batch(self, room: int) -> list[Job]:
        """The jobs to begin now: one of which nobody knows how long it takes, or several whose seconds are on record.

        Args:
            room: batches that may run at once; towards the end each gets a share.
        """
        if first := self._untimed():
            return [first]
        jobs, seconds = list[Job](), 0.0
        most = min(MOST, max(1, self.count // (2 * room)))
        while len(jobs) < most and seconds < BATCH and (job := self._timed()):
            jobs.append(job)
            seconds += self._seconds[job.group]
        return jobs or [job for job in [self._any()] if job]

    def _untimed(self) -> Job | None:
        """The first job of a group that should be tried before the others."""
        free = [groups for parts, groups in self._cold.items() if not any(self._busy[part] for part in parts)]
        for groups in (self._new, *free):
            while groups and (groups[0] in self._seconds or not self._waiting[groups[0]]):
                groups.popleft()
        first = min((groups for groups in (self._new, *free) if groups), key=self._number, default=None)
        return self._pop(first.popleft()) if first else None

    def _number(self, groups: deque[str]) -> int:
        """The number of the next job of the first of some groups."""
        return self._waiting[groups[0]][0][0]

    def _timed(self) -> Job | None:
        """A job of the group whose jobs take longest."""
        while self._longest:
            seconds, _, group = self._longest[0]
            if self._waiting[group] and -seconds == self._seconds[group]:
                return self._pop(group)
            heapq.heappop(self._longest)
        return None

    def _any(self) -> Job | None:
        """The first job of all that are left."""
        while self._rest:
            number, group = self._rest[0]
            if self._waiting[group] and number == self._waiting[group][0][0] and group not in self._seconds:
                return self._pop(group)
            heapq.heappop(self._rest)
        return None

    def _pop(self, group: str) -> Job:
        """The next job of a group, which begins now."""
        waiting = self._waiting[group]
        _, job = waiting.popleft()
        self.count -= 1
        if group not in self._seconds:
            if job.parts in self._cold:
                self._first.add(job.name)
                self._busy.update(job.parts)
            if waiting:
                heapq.heappush(self._rest, (waiting[0][0], group))
        return job

    def ended(self, job: Job, seconds: float | None) -> None:
        """A job ended after so many seconds, or without an answer (None): a worker died, or nobody began it."""
        if job.name in self._first:
            self._first.remove(job.name)
            self._busy.subtract(job.parts)
        if seconds is None:
            return
        if job.group not in self._seconds:
            self._new.extend(self._cold.pop(job.parts, ()))
        before = self._seconds.get(job.group, seconds)
        self._seconds[job.group] = mean = (before + seconds) / 2
        if waiting := self._waiting[job.group]:
            heapq.heappush(self._longest, (-mean, waiting[0][0], job.group))

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Let jobs wait again that were handed out and not begun, before the others of their groups."""
        for job in reversed(jobs):
            self._waiting[job.group].appendleft((-1, job))
            self.count += 1
            if job.group in self._seconds:
                heapq.heappush(self._longest, (-self._seconds[job.group], -1, job.group))
            else:
                heapq.heappush(self._rest, (-1, job.group))

    def clear(self) -> list[Job]:
        """Take out all jobs, in the order in which they came."""
        left = sorted((pair for waiting in self._waiting.values() for pair in waiting), key=lambda pair: pair[0])
        for waiting in self._waiting.values():
            waiting.clear()
        self.count = 0
        return [job for _, job in left]
