from pathlib import Path

import pytest

STUDY = """
steps = 800
seeds = 2
[tasks.tiny]
name = "tiny"
[methods.random]
kind = "RandomSearch"
batch = 20
[methods.q]
kind = "QLearning"
"""


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path
