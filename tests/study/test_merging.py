import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic.core.saving import write_bytes
from evomusic.study import folder as files
from evomusic.study import packs, runner
from evomusic.study.config import ConfigError, Study, read_study
from evomusic.study.folder import RunError
from evomusic.study.progress import Progress
from evomusic.study.publish import publish
from evomusic.study.results import Shard, cells_of
from evomusic.study.runner import Plan, run_study
from evomusic.study.store import read_run
from tests.study.packed import change, take_out
from tests.study.stand_ins import Slow, Uniform
from tests.study.test_runner import Counted, Killed, small, tracked

TEXT = """
steps = 400
seeds = 3
[tasks]
tiny = "tiny"
[tasks.two]
name = "tiny"
bars = 2
[methods.random]
kind = "RandomSearch"
batch = 20
[methods.q]
kind = "QLearning"
"""
COMMAND = "evomusic compare study.toml"
SHARDS = [Shard(i, 3) for i in (1, 2, 3)]


def run(folder: Path, text: str = TEXT, sets=(), shard: Shard | None = None, study: Study | None = None) -> Path:
    """The folder of a finished run, by a file and settings, or of a study of objects."""
    command = " ".join([COMMAND, *(f"-s {each}" for each in sets)])
    read = study or read_study(text, sets, "study.toml")
    plan = Plan(read, folder, None if study else text, command, workers=1, shard=shard)
    assert run_study(plan).failures == []
    return folder


def merge(*folders: Path, to: Path):
    return em.merge(folders, to, figures=False, progress=Progress())


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A whole run, the three shards of it, and runs of two seeds and of one method."""
    base = tmp_path_factory.mktemp("made")
    run(base / "whole")
    for shard in SHARDS:
        run(base / f"{shard.number}", shard=shard)
    run(base / "two seeds", sets=["seeds=2"])
    run(base / "random", TEXT.split("[methods.q]", maxsplit=1)[0])
    return base


@pytest.fixture
def shards(made, tmp_path) -> list[Path]:
    """Copies of the three shards, to be spoilt."""
    return [Path(shutil.copytree(made / f"{s.number}", tmp_path / f"{s.number}")) for s in SHARDS]


def seal(path: Path, **changes) -> None:
    entries = json.loads(path.read_text())
    del entries["sha256"]
    path.write_text(files.sealed(entries | changes))


@pytest.mark.parametrize(
    ("tasks", "methods", "seeds", "parts"),
    [(1, 10, 30, 4), (2, 2, 1, 2), (2, 3, 5, 4), (3, 7, 4, 16), (1, 1, 8, 8), (5, 4, 1, 3), (2, 10, 30, 64)],
)
def test_shards_are_disjoint_complete_and_alike(tasks, methods, seeds, parts):
    names = [f"t{i}" for i in range(tasks)], [f"m{i}" for i in range(methods)]
    dealt = [cells_of(*names, seeds, Shard(i + 1, parts)) for i in range(parts)]
    whole = cells_of(*names, seeds)
    assert sorted(cell for cells in dealt for cell in cells) == sorted(whole)
    assert all([cell for cell in whole if cell in set(cells)] == cells for cells in dealt)
    assert np.ptp([len(cells) for cells in dealt]) <= 1
    counts = [Counter(cell.method for cell in cells) for cells in dealt]
    assert all(np.ptp([count[method] for count in counts]) <= 1 for method in names[1])
    for task in names[0]:  # cells of a pair too, where seeds suffice
        pairs = [Counter(c.method for c in cells if c.task == task) for cells in dealt]
        assert all(np.ptp([count[method] for count in pairs]) <= 1 for method in names[1])


def test_few_seeds_do_not_leave_a_shard_with_one_task_only():
    dealt = [cells_of(["a", "b"], ["m", "n"], 1, Shard(i, 2)) for i in (1, 2)]
    assert [Counter(cell.task for cell in cells) for cells in dealt] == [{"a": 1, "b": 1}] * 2


def test_merged_shards_leave_every_byte_of_the_whole_run(made, tmp_path):
    assert all(read_run(made / f"{s.number}").complete for s in SHARDS)
    before = {s: tracked(made / f"{s.number}") for s in SHARDS}
    found = merge(*(made / f"{s.number}" for s in SHARDS), to=tmp_path / "out")
    assert found.run.complete
    assert tracked(tmp_path / "out") == tracked(made / "whole")
    assert {s: tracked(made / f"{s.number}") for s in SHARDS} == before
    assert all(outcome.seconds is not None for outcome in found.run.outcomes)


def test_the_report_and_figures_are_those_of_the_whole_run(tmp_path):
    study = {"tasks": {"tiny": "tiny"}, "methods": {"r": "RandomSearch", "q": "QLearning"}, "steps": 400, "seeds": 2}
    quiet = {"workers": 1, "progress": Progress()}
    parts = [em.compare(Study(**study), tmp_path / f"{i}", shard=(i, 3), **quiet).folder for i in (1, 2, 3)]
    assert not any((part / "report.html").exists() for part in parts)
    whole = em.compare(Study(**study), tmp_path / "whole/study", **quiet).folder
    out = em.merge(parts, tmp_path / "merged/study", **quiet).folder
    assert (out / "report.html").is_file()
    assert tracked(out) == tracked(whole)


def test_two_folders_of_different_seeds_become_the_larger_study(made, tmp_path):
    for folders in (("whole", "two seeds"), ("two seeds", "whole")):
        out = tmp_path / folders[0]
        assert merge(*(made / name for name in folders), to=out).run.complete
        merged, whole = tracked(out), tracked(made / "whole")
        provenance = json.loads(merged.pop("provenance.json"))
        assert provenance["command"] == COMMAND
        assert [each["command"] for each in provenance["earlier"]] == [f"{COMMAND} -s seeds=2"]
        whole.pop("provenance.json")
        assert merged == whole


def test_folders_of_different_methods_become_one_study_that_goes_on(made, tmp_path):
    q = TEXT.replace('[methods.random]\nkind = "RandomSearch"\nbatch = 20\n', "")
    q = q + '[sweep]\n"methods.q.alpha" = [0.1, 0.5]\n'
    merge(made / "random", run(tmp_path / "q", q, ["seeds=2"]), to=tmp_path / "out")
    swept = TEXT + '[methods."q alpha=0.1"]\nkind = "QLearning"\nalpha = 0.1\n'
    swept = swept.replace('[methods.q]\nkind = "QLearning"\n', "")
    whole = run(tmp_path / "whole", swept + '[methods."q alpha=0.5"]\nkind = "QLearning"\nalpha = 0.5\n')
    merged = read_run(tmp_path / "out")
    missing = [(t, m, 2) for t in ("tiny", "two") for m in ("q alpha=0.1", "q alpha=0.5")]
    assert sorted(merged.missing) == sorted(missing)
    made_anew = read_study(merged.text, (), "study.toml")
    counted = Counted()
    assert run_study(Plan(made_anew, merged.folder, merged.text, COMMAND, workers=1), counted).failures == []
    assert counted.jobs == 4
    rest = ("provenance.json", "study.toml", "files.json")
    found, wanted = tracked(merged.folder), tracked(whole)
    assert {k: v for k, v in found.items() if k not in rest} == {k: v for k, v in wanted.items() if k not in rest}


def test_folders_of_different_tasks_become_one_study(made, tmp_path):
    one = TEXT.replace('[tasks.two]\nname = "tiny"\nbars = 2\n', "")
    two = TEXT.replace('[tasks]\ntiny = "tiny"\n', "")
    merge(run(tmp_path / "one", one), run(tmp_path / "two", two), to=tmp_path / "out")
    names = ("study.resolved.json", "references.json", "curves.csv", "summary.csv")
    assert all((tmp_path / "out" / n).read_bytes() == (made / "whole" / n).read_bytes() for n in names)


def test_studies_of_objects_merge_and_go_on_by_the_same_call(tmp_path):
    one, two = small(methods={"uniform": Uniform()}), small(methods={"wide": Uniform(20)}, seeds=1)
    both = small(methods={"uniform": Uniform(), "wide": Uniform(20)})
    found = merge(run(tmp_path / "1", study=one), run(tmp_path / "2", study=two), to=tmp_path / "out")
    assert len(found.run.missing) == 2
    assert not (tmp_path / "out/study.toml").exists()
    counted = Counted()
    assert run_study(Plan(both, tmp_path / "out", workers=1), counted).failures == []
    assert (counted.jobs, counted.kept) == (2, 6)


def test_missing_cells_are_computed_in_the_merged_folder(made, tmp_path):
    found = merge(made / "1", made / "3", to=tmp_path / "out")
    assert set(found.run.missing) == set(read_run(made / "2").cells)
    run(tmp_path / "out")
    assert tracked(tmp_path / "out") == tracked(made / "whole")


def test_a_shard_that_comes_later_is_added_by_the_same_command(made, shards, tmp_path):
    take_out(shards[2], "tiny/q/2")
    assert [str(c) for c in merge(*shards, to=tmp_path / "out").run.missing] == ["tiny/q/2"]
    shutil.rmtree(shards[2])
    shutil.copytree(made / "3", shards[2])
    assert merge(*shards, to=tmp_path / "out").run.complete
    assert tracked(tmp_path / "out") == tracked(made / "whole")
    assert merge(*shards, to=tmp_path / "out").run.complete


def test_a_merged_folder_grows_by_further_folders_and_remembers_all(made, tmp_path):
    merge(made / "random", to=tmp_path / "out")
    merge(made / "random", made / "1", made / "2", made / "3", to=tmp_path / "out")
    merged, whole = tracked(tmp_path / "out"), tracked(made / "whole")
    earlier = json.loads(merged.pop("provenance.json"))["earlier"]
    random = json.loads((made / "random/provenance.json").read_text())
    assert [each["study.toml"] for each in earlier] == [random["study.toml"]]
    whole.pop("provenance.json")
    assert merged == whole


def test_shards_of_other_packages_are_remembered(shards, tmp_path):
    seal(shards[1] / "provenance.json", packages={"numpy": "0.1"}, platform="Other")
    merge(*shards, to=tmp_path / "out")
    made = json.loads((tmp_path / "out/provenance.json").read_text())
    assert [each["platform"] for each in made["earlier"]] == ["Other"]
    assert made["platform"] != "Other"
    read_run(tmp_path / "out")


def test_a_cell_that_was_begun_goes_on_in_the_merged_folder(tmp_path):
    study = small(methods={"slow": Slow(4, 0.0)}, tasks={"tiny": "tiny"}, seeds=2, steps=4 * 4 * 300)
    plans = [Plan(study, tmp_path / f"{i}", workers=1, shard=Shard(i, 2)) for i in (1, 2)]
    for plan in plans:
        run_study(plan)
    cell = "cells/tiny/slow/1"
    take_out(tmp_path / "2", "tiny/slow/1")
    (tmp_path / "2" / cell).mkdir(parents=True)
    (tmp_path / "2" / cell / "unfinished.npz").write_bytes(b"a state")
    merge(tmp_path / "1", tmp_path / "2", to=tmp_path / "out")
    assert (tmp_path / "out" / cell / "unfinished.npz").read_bytes() == b"a state"
    (tmp_path / "out" / cell / "unfinished.npz").write_bytes(b"a later state")
    merge(tmp_path / "1", tmp_path / "2", to=tmp_path / "out")
    assert (tmp_path / "out" / cell / "unfinished.npz").read_bytes() == b"a later state"
    run_study(plans[1])
    assert merge(tmp_path / "1", tmp_path / "2", to=tmp_path / "out").run.complete
    assert not (tmp_path / "out" / cell / "unfinished.npz").exists()


def test_the_state_of_a_shard_is_continued_by_the_whole_study(tmp_path):
    """The mark of an unfinished cell says nothing of shards."""
    study = small(seeds=1)
    works = [
        runner.Work(Plan(study, tmp_path, shard=shard), runner.resolve(study), {"small": {}, "tiny": {}}, {})
        for shard in (None, Shard(1, 2))
    ]
    marks = [{j.name: j.unfinished.mark for j in work.jobs() if j.unfinished} for work in works]
    assert marks[1].items() < marks[0].items()


@pytest.mark.parametrize(
    ("sets", "line"),
    [
        (["methods.random.batch=10"], r"b holds another study than .*1 \(methods\.random\.batch: 20 -> 10\)"),
        (["steps=500"], r"b holds another study than .*1 \(steps: 400 -> 500\)"),
        (["seed=5"], r"b holds another study than .*1 \(seed: 0 -> 5\)"),
        (["tasks.two.bars=3"], r"b holds another study than .*1 \(tasks\.two\.grid\.bars: 2 -> 3; tasks\.two\.tables"),
    ],
    ids=["parameter", "steps", "root", "task"],
)
def test_folders_that_disagree_are_refused_by_name(made, tmp_path, sets, line):
    run(tmp_path / "b", sets=["seeds=1", *sets])
    refused(line, made / "1", made / "2", tmp_path / "b", to=tmp_path / "out")


def refused(line: str, *folders: Path, to: Path) -> None:
    """A merge is refused in one line, and leaves nothing that was not there."""
    before = tracked(to) if to.exists() else None
    with pytest.raises(RunError, match=line) as error:
        merge(*folders, to=to)
    assert "\n" not in str(error.value)
    assert (tracked(to) if to.exists() else None) == before


def test_the_two_folders_that_differ_are_named(made, tmp_path):
    run(tmp_path / "b", TEXT.replace("[methods.q]", "[methods.s]").replace("QLearning", "Sarsa"), ["seeds=1"])
    other = TEXT.replace("[methods.q]", "[methods.s]")
    run(tmp_path / "c", other, ["seeds=1"])
    folders = (made / "1", tmp_path / "b", tmp_path / "c")
    refused(r"c holds another study than .*b \(methods\.s\.kind", *folders, to=tmp_path / "out")


def test_changed_code_is_refused_by_name_where_cells_were_computed_by_it(shards, tmp_path):
    path = shards[1] / "study.resolved.json"
    code = json.loads(path.read_text())["code"]
    seal(path, code=code | {"methods": code["methods"] | {"q": "changed"}})
    refused(r"the code of methods\.q in .*2 is not that in .*1; compute", *shards, to=tmp_path / "out")
    for pack in shards[1].glob("cells/*/q.jsonl"):
        pack.unlink()
    merge(*shards, to=tmp_path / "out")
    assert json.loads((tmp_path / "out/study.resolved.json").read_text())["code"] == code
    assert merge(shards[1], shards[0], to=tmp_path / "turned").run.missing
    assert json.loads((tmp_path / "turned/study.resolved.json").read_text())["code"] == code


def test_other_tables_of_a_task_are_refused_by_name(shards, tmp_path):
    path = shards[2] / "study.resolved.json"
    tasks = json.loads(path.read_text())["tasks"]
    seal(path, tasks=tasks | {"two": tasks["two"] | {"tables": "changed"}})
    refused(r"3 holds another study than .*1 \(tasks\.two\.tables: \w+ -> changed\)", *shards, to=tmp_path / "out")


def test_other_references_of_a_task_are_refused_by_name(shards, tmp_path):
    path = shards[2] / "references.json"
    tasks = json.loads(path.read_text())["tasks"]
    tasks["two"]["planner"]["random"] += 1
    seal(path, tasks=tasks)
    refused(r"the planner of tasks\.two in .*3 is not that in .*1", *shards, to=tmp_path / "out")


def test_a_cell_of_other_contents_is_refused_by_name_and_an_equal_one_is_fine(made, tmp_path):
    other = Path(shutil.copytree(made / "two seeds", tmp_path / "other"))
    assert merge(made / "whole", other, to=tmp_path / "fine").run.complete
    change(other, "two/q/1", best_return=9.0)
    line = r"the cell two/q/1 in .*other is not that in .*whole; compute"
    refused(line, made / "whole", other, to=tmp_path / "out")
    refused(r"the cell two/q/1 in .*other is not that in .*fine", made / "1", other, to=tmp_path / "fine")


def test_another_version_or_format_is_refused_by_name(shards, tmp_path):
    seal(shards[2] / "provenance.json", evomusic="9.9.9")
    refused(r"3 was begun by evomusic 9\.9\.9, .*1 by .*; cells of two versions", *shards, to=tmp_path / "out")
    seal(shards[1] / "study.resolved.json", format=3)
    refused(r"2 is of format 3, this version of evomusic reads 5", *shards, to=tmp_path / "out")


def test_a_damaged_cell_is_named_where_it_lies(shards, tmp_path):
    path = next(shards[1].glob("cells/*/*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"steps":400', b'"steps":401', 1))
    with pytest.raises(RunError, match=rf"{path} is damaged in line 1: the cell .* it is not what was written"):
        merge(*shards, to=tmp_path / "out")


ELSE = ["a shard", "another study", "more seeds", "no study", "a source", "a published result"]


@pytest.mark.parametrize("what", ELSE)
def test_an_out_that_holds_something_else_is_refused(made, shards, tmp_path, what):
    out, folders = tmp_path / "out", [made / "1", made / "2"]
    line = "out holds another study .*; choose another --to"
    if what == "a shard":
        shutil.copytree(made / "3", out)
        line = "out is a shard itself; choose another --to"
    elif what == "another study":
        run(out, TEXT.replace("[methods.q]", "[methods.other]"), ["seeds=1"])
    elif what == "more seeds":
        shutil.copytree(made / "whole", out)
        folders = [made / "two seeds"]
    elif what == "no study":
        out.mkdir()
        (out / "thesis.txt").write_text("mine")
        line = r"out holds thesis\.txt, but no study"
    elif what == "a source":
        out, line = shards[0], "1 is one of the folders to merge; choose another --to"
        folders = [*shards]
    else:
        publish(made / "whole", out, anyway=True)
        line = "out is a published result"
    refused(line, *folders, to=out)


def test_folders_that_hold_no_study_leave_no_folder(made, tmp_path):
    refused("nowhere holds no study", made / "1", tmp_path / "nowhere", to=tmp_path / "out")


@pytest.mark.parametrize("grown", [False, True], ids=["new", "grown"])
def test_a_kill_at_any_write_is_completed_by_the_same_merge(made, tmp_path, monkeypatch, grown):
    folders = [made / "random", made / "1", made / "2", made / "3"]
    wanted = tmp_path / "wanted"
    if grown:
        merge(made / "random", to=wanted)
    merge(*folders, to=wanted)
    left = [0]

    def count():
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    def faulty(path, data):
        count()
        write_bytes(path, data)

    for writes in [*range(12), 60]:
        out = tmp_path / f"{writes}"
        if grown:
            merge(made / "random", to=out)
        left[0] = writes
        with monkeypatch.context() as patched:
            patched.setattr(files, "write_bytes", faulty)
            patched.setattr(packs, "write_bytes", faulty)
            try:
                merge(*folders, to=out)
                killed = False
            except Killed:
                killed = True
        if any(out.rglob("*.jsonl")):
            read_run(out)
        merge(*folders, to=out)
        assert tracked(out) == tracked(wanted), f"after {writes} writes"
    assert not killed


def test_a_shard_is_resumed_and_not_mistaken(made, shards, tmp_path):
    shard, cells = shards[1], read_run(shards[1]).cells
    take_out(shard, next(str(cell) for cell in cells if cell[:2] == ("tiny", "q")))
    read = read_run(shard)
    assert read.shard == Shard(2, 3)
    assert not read.complete
    assert f"shard 2 of 3 of 2 tasks, 2 methods, 3 seeds; {len(cells) - 1} of {len(cells)} cells finished" in read.size
    for other in (None, Shard(1, 3)):
        with pytest.raises(RunError, match=r"holds another study \(shard: 2/3 -> (nothing|1/3)\)"):
            run(shard, shard=other)
    run(shard, shard=Shard(2, 3))
    assert tracked(shard) == tracked(made / "2")
    with pytest.raises(RunError, match=r"another study \(shard: nothing -> 2/3\)"):
        run(Path(shutil.copytree(made / "whole", tmp_path / "whole")), shard=Shard(2, 3))


def test_a_shard_is_not_published(made, tmp_path):
    for anyway in (False, True):
        with pytest.raises(RunError, match="1 is shard 1 of 3 of a study; `evomusic merge` all of them"):
            publish(made / "1", tmp_path / "to", anyway)
    assert not (tmp_path / "to").exists()


def test_a_shard_that_grows_loses_no_cell(made, shards, tmp_path):
    more = [run(folder, sets=["seeds=4"], shard=shard) for folder, shard in zip(shards, SHARDS, strict=True)]
    assert all(read_run(folder).complete for folder in more)
    merge(*more, to=tmp_path / "out")
    whole = run(tmp_path / "whole", sets=["seeds=4"])
    merged, wanted = tracked(tmp_path / "out"), tracked(whole)
    merged.pop("provenance.json"), wanted.pop("provenance.json")
    assert merged == wanted


def test_a_shard_says_that_it_is_one(made):
    from evomusic.study.table import to_dict, to_text

    read = read_run(made / "2")
    assert "tiny: 400 steps, illustration: 3 seeds, shard 2 of 3 alone\n" in to_text(read)
    assert to_dict(read)["shard"] == "2/3"
    assert "shard" not in to_dict(read_run(made / "whole"))


def test_a_shard_computes_the_references_of_its_own_tasks_only(tmp_path):
    study = read_study(TEXT, ["seeds=1"], "study.toml")
    plan = Plan(study, tmp_path, TEXT, workers=1, shard=Shard(1, 4))
    run_study(plan)
    read = read_run(tmp_path)
    assert [bool(task.references) for task in read.tasks.values()] == [True, False]
    assert read.complete


@pytest.mark.parametrize(
    ("shard", "line"),
    [
        ((0, 4), "the shard is 0, expected a whole number from 1 to 4"),
        ((5, 4), "the shard is 5, expected a whole number from 1 to 4"),
        ((1, 0), "the number of shards is 0, expected a whole number from 1 up"),
        ("2/4", "shard is '2/4', expected two whole numbers, such as"),
        ((1, 9), "shard is 1/9, expected at most 8 parts: the study has 8 cells"),
    ],
)
def test_a_wrong_shard_is_told(tmp_path, shard, line):
    with pytest.raises(ValueError, match=line) as error:
        em.compare(small(), tmp_path, shard=shard, progress=Progress())
    assert isinstance(error.value, ConfigError) == (shard == (1, 9))


@pytest.mark.parametrize(
    ("folders", "to", "line"),
    [
        ([], "out", r"folders is \[\], expected one or more paths"),
        ("one", "out", "folders is 'one', expected one or more paths"),
        ([3], "out", r"folders is \[3\], expected one or more paths"),
        (["one"], None, "to is None, expected the path of a folder"),
    ],
)
def test_wrong_arguments_of_merge_are_told(folders, to, line):
    with pytest.raises(ValueError, match=line):
        em.merge(folders, to, progress=Progress())
