import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import evomusic
from evomusic.study import provenance
from evomusic.study.provenance import PACKAGES, commit, packages_differ

ROOT = Path(__file__).parents[2]


def test_every_dependency_is_listed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["deep"]]
    assert {re.split(r"[<>=!~ ;\[]", each)[0] for each in wanted} <= set(PACKAGES)


def installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def test_versions_are_those_that_are_installed():
    made = provenance.provenance_of(evomusic.Study(tasks={"tiny": "tiny"}, methods={"ga": "GA"}), "made")
    assert made["packages"] == {name: version(name) for name in PACKAGES if installed(name)}


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package in a repository of its own, in the place of ours."""
    folder = tmp_path / "repository" / "evomusic"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    git(tmp_path / "repository", "init", "-q")
    monkeypatch.setattr(evomusic, "__file__", str(folder / "__init__.py"))
    commit.cache_clear()
    yield folder
    commit.cache_clear()


def test_a_checkout_has_its_commit_and_whether_files_differ_from_it(package):
    git(package, "add", ".")
    git(package, "commit", "-q", "-m", "first")
    assert commit() == {"commit": git(package, "rev-parse", "HEAD"), "uncommitted changes": False}
    commit.cache_clear()
    (package / "more.py").write_text("")
    assert commit()["uncommitted changes"]


def test_a_package_inside_another_repository_has_no_commit(package):
    (package.parent / "other.txt").write_text("")
    git(package.parent, "add", "other.txt")
    git(package.parent, "commit", "-q", "-m", "another project")
    assert commit() == {}


def test_a_package_outside_of_any_repository_has_no_commit(package):
    shutil.rmtree(package.parent / ".git")
    assert commit() == {}


def test_without_git_there_is_no_commit(package, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent / "nowhere"))
    assert commit() == {}


@pytest.mark.parametrize("key", ["evomusic", "packages"])
def test_other_packages_are_noticed(key):
    made = {"evomusic": "1", "code": "a", "packages": {"numpy": "2"}}
    assert not packages_differ(made, dict(made))
    assert packages_differ(made, made | {key: "other"})
