"""The order in which jobs are begun, batches, and jobs whose worker died."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from evomusic.study.lanes import Lane
from evomusic.study.schedule import Queue
from evomusic.study.work import Answer, Job
from tests.seconds import within
from tests.study.stand_ins import Uniform


def job(name: str, group: str, *parts: str) -> Job:
    return Job("cell", name, group, "tiny", Uniform(), parts=frozenset(parts))


def names(batch: list[Job]) -> list[str]:
    return [each.name for each in batch]


class Fake:
    """An executor in which nothing runs by itself; a batch with the job `poison` kills its worker."""

    deadly, attempts, hopeless = (BrokenProcessPool,), 3, False

    def __init__(self, room: int = 2, poison: str = "") -> None:
        self.room, self.poison, self.submitted = room, poison, []

    def submit(self, jobs):
        self.submitted.append(names(jobs))
        future = Future()
        if self.poison in names(jobs):
            future.set_exception(BrokenProcessPool())
        return future

    def halt(self):
        pass

    def close(self, wait):
        pass


def measured(seconds: dict[str, float], jobs: list[Job]) -> Queue:
    """A queue in which jobs of some groups have run already."""
    queue = Queue([*(job(f"{group} before", group) for group in seconds), *jobs])
    for _ in seconds:
        (first,) = queue.batch(1)
        queue.ended(first, seconds[first.group])
    return queue


def test_new_kinds_come_first_unless_they_share_kernels_with_one_in_its_first_run():
    queue = Queue([job("a0", "a", "x"), job("b0", "b", "x"), job("c0", "c", "y"), job("a1", "a", "x")])
    assert [names(queue.batch(4)) for _ in range(4)] == [["a0"], ["c0"], ["b0"], ["a1"]]  # the last two: not to be idle


def test_a_kind_that_has_run_holds_nobody_up():
    queue = Queue([job("a0", "a", "x"), job("a1", "a", "x"), job("b0", "b", "x"), job("c0", "c", "x", "y")])
    (first,) = queue.batch(9)
    queue.ended(first, 1.0)
    assert [names(queue.batch(9)) for _ in range(3)] == [["b0"], ["c0"], ["a1"]]


def test_the_longest_known_comes_first():
    jobs = [job("a1", "a"), job("b1", "b"), job("c1", "c")]
    queue = measured({"a": 1.0, "b": 4.0, "c": 3.0}, jobs)
    assert [names(queue.batch(1)) for _ in range(3)] == [["b1"], ["c1"], ["a1"]]


def test_a_batch_takes_about_a_fifth_of_a_second_and_the_last_ones_are_shared():
    queue = measured({"a": 0.01}, [job(f"a{i}", "a") for i in range(60)])
    sizes = []
    while batch := queue.batch(2):
        sizes.append(len(batch))
    assert sizes[0] == 15  # a quarter of what is left, for two workers
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1
    queue = measured({"a": 0.01}, [job(f"a{i}", "a") for i in range(1000)])
    assert len(queue.batch(2)) == 20


def test_jobs_that_nobody_began_come_again():
    lane = Lane(Fake(1), [job(f"a{i}", "a") for i in range(9)])
    (first,) = lane.begin()
    (future,) = lane.running
    future.set_result([Answer(b"", 0.001)])
    assert names([j for j, _ in lane.end(future)]) == names(first)
    (batch,) = lane.begin()
    assert len(batch) > 2
    (future,) = lane.running
    future.set_result([Answer(b"", 0.001)] * 2)
    assert names([j for j, _ in lane.end(future)]) == names(batch[:2])
    (again,) = lane.begin()
    assert names(again)[:1] == names(batch)[2:3]


def finish(lane: Lane) -> dict[str, Answer]:
    """Answer all jobs of a lane."""
    found = {}
    while True:
        list(lane.begin())
        if not lane.running:
            return found
        future = next(iter(lane.running))
        if not future.done():
            future.set_result([Answer(b"", 0.001) for _ in lane.running[future]])
        found |= {job.name: answer for job, answer in lane.end(future)}


def test_the_poisoned_job_of_a_batch_is_found_by_halves_and_fails_alone():
    executor = Fake(1, poison="a7")
    found = finish(Lane(executor, [job(f"a{i}", "a") for i in range(40)]))
    assert {name for name, answer in found.items() if answer.cause} == {"a7"}
    assert found["a7"].cause == "its worker process died, 3 times in a row"
    assert len(found) == 40
    assert executor.submitted.count(["a7"]) == 3
    assert sum("a7" in batch for batch in executor.submitted) <= 3 + 6


def test_a_suspect_runs_alone():
    lane = Lane(Fake(2, poison="a0"), [job("a0", "a"), job("b0", "b"), job("c0", "c")])
    assert names([j for batch in lane.begin() for j in batch]) == ["a0", "b0"]
    poisoned, other = lane.running
    assert lane.end(poisoned) == []
    assert list(lane.begin()) == []  # until the other has ended
    other.set_result([Answer(b"", 0.001)])
    lane.end(other)
    assert names([j for batch in lane.begin() for j in batch]) == ["a0"]


@pytest.mark.parametrize("groups", [1, 10, 10_000], ids=["one group", "ten groups", "a group a job"])
def test_ten_thousand_jobs_are_dealt_out_in_two_seconds(groups):
    jobs = [job(f"{i}", f"g{i % groups}", "x", f"{i % 7}") for i in range(10_000)]
    found = within(2, lambda: finish(Lane(Fake(64), jobs)))
    assert len(found) == 10_000
