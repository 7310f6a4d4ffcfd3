"""The wheel and the source distribution hold what they should, and their page needs no repository."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.evolve.oracles import oracle

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with both distributions."""
    oracle("hatchling")
    oracle("hatch_fancy_pypi_readme")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> dict[str, bytes]:
    """Contents of the wheel by name."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def page(wheel) -> str:
    """The long description."""
    metadata = next(data.decode() for name, data in wheel.items() if name.endswith("METADATA"))
    return metadata.partition("\n\n")[2]


def test_wheel_holds_every_file_of_the_package_but_no_other(wheel):
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "evomusic").rglob("*") if path.is_file()}
    expected = {name for name in files if "__pycache__" not in name}
    assert {name for name in wheel if ".dist-info/" not in name} == expected
    assert {"evomusic/py.typed", "evomusic/__init__.pyi", "evomusic/methods.pyi"} <= expected


def test_source_distribution_is_small_and_without_results(built):
    path = next(built.glob("*.tar.gz"))
    assert path.stat().st_size < 1_000_000
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "CITATION.cff", "ARCHITECTURE.md", "docs/index.md", "evomusic/py.typed"} <= names
    assert {name for name in linked() if name.startswith("docs/")} <= names
    assert not {name for name in names if name.startswith("results/")}


def linked() -> list[str]:
    """Pages that README.md links to."""
    return re.findall(r"\]\(([^):]+\.md)\)", (ROOT / "README.md").read_text(encoding="utf-8"))


def test_page_of_the_package_index_has_no_picture_or_link_that_leads_nowhere(page):
    assert page.startswith("# evomusic\n")
    assert "pip install -e . && evomusic compare" in page
    assert "Five minutes for a musician" in page
    assert [target for target in re.findall(r"\]\(([^)]*)\)", page) if not target.startswith("https:")] == []


def test_metadata_names_no_project_that_does_not_exist(wheel):
    metadata = next(data.decode() for name, data in wheel.items() if name.endswith("METADATA"))
    assert "Project-URL" not in metadata
    assert "Home-page" not in metadata
    for minor in (11, 12, 13, 14):
        assert f"Classifier: Programming Language :: Python :: 3.{minor}\n" in metadata


def test_metadata_passes_the_check_of_the_package_index(built):
    oracle("twine")
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_version_is_everywhere_the_same(wheel):
    import evomusic

    metadata = next(data.decode() for name, data in wheel.items() if name.endswith("METADATA"))
    assert f"\nVersion: {evomusic.__version__}\n" in metadata
    assert f"\nversion: {evomusic.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
