"""Runs and studies in MLflow, read back by its client from a store of files: metrics are exact."""

import numpy as np
import pytest

import evomusic as em
from tests.evolve.oracles import oracle
from tests.logs.conftest import ONES

TINY = em.make("tiny")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A client of a store of files; the default store of MLflow needs a database."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("GIT_PYTHON_REFRESH", "quiet")
    uri = (tmp_path / "store").as_uri()
    return oracle("mlflow").MlflowClient(tracking_uri=uri), uri


def history(client, run_id, name):
    """Steps and values of a metric."""
    found = sorted(client.get_metric_history(run_id, name), key=lambda m: m.step)
    return [m.step for m in found], [m.value for m in found]


def artifact(client, run_id, name, tmp_path):
    with open(client.download_artifacts(run_id, name, str(tmp_path)), "rb") as file:
        return file.read()


def test_a_run_has_parameters_exact_metrics_and_artifacts(store, tmp_path):
    client, uri = store
    watch = em.MLflow(uri, experiment="mine")
    record = em.run(em.GA(population=10), TINY, steps=2000, seed=3, watch=watch)
    run = client.get_run(watch.run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "tiny-GA-3")
    assert run.info.experiment_id == client.get_experiment_by_name("mine").experiment_id
    wanted = {"task": "tiny", "method": "GA", "steps": "2000", "seed": "3", "method.population": "10"}
    assert wanted.items() <= run.data.params.items()
    for name in ("best", "delivered", "delivered_best", "online", "updates"):
        assert history(client, watch.run_id, name) == (
            record.curve.steps.tolist(),
            getattr(record.curve, name).tolist(),
        )
    assert history(client, watch.run_id, "distance")[0][-1] == 2000
    best = em.Melody(record.best, TINY.grid)
    assert artifact(client, watch.run_id, "best.txt", tmp_path).decode() == best.text.replace(" | ", "\n") + "\n"
    (tmp_path / "again.mid").write_bytes(artifact(client, watch.run_id, "best.mid", tmp_path))
    assert (em.read(tmp_path / "again.mid", TINY.grid).canonical.tokens == best.canonical.tokens).all()
    rows = artifact(client, watch.run_id, "curve.csv", tmp_path).decode().splitlines()
    assert rows[0] == "steps,best,delivered,delivered_best,online,updates,sweeps"
    assert [float(row.split(",")[1]) for row in rows[1:]] == record.curve.best.tolist()
    improvements = artifact(client, watch.run_id, "improvements.csv", tmp_path).decode().splitlines()[1:]
    assert [list(map(float, row.split(","))) for row in improvements] == record.improvements.tolist()


def test_runs_of_one_experiment_and_a_run_that_fails(store):
    client, uri = store
    watch = em.MLflow(uri, name="try")

    def fail(ledger):
        raise OverflowError

    em.run(em.RandomSearch(), ONES, steps=50, watch=watch)
    first = watch.run_id
    with pytest.raises(OverflowError):
        em.run(em.RandomSearch(), ONES, steps=50, watch=watch | fail)
    experiment = client.get_experiment_by_name("evomusic").experiment_id
    found = {run.info.run_id: run.info.status for run in client.search_runs([experiment])}
    assert found == {first: "FINISHED", watch.run_id: "FAILED"}
    assert [file.path for file in client.list_artifacts(first)] == ["best.txt", "curve.csv", "improvements.csv"]


def test_a_study_is_an_experiment_with_a_run_a_cell(store, study):
    client, uri = store
    number = em.write_mlflow(study, uri, tasks=["tiny", "ones"])
    assert client.get_experiment(number).name == "small"
    runs = {run.info.run_name: run for run in client.search_runs([number])}
    table = em.load(study)
    cells = list(zip(table["task"].tolist(), table["method"].tolist(), table["seed"].tolist(), strict=True))
    assert set(runs) == {f"{t}/{m}/{s}" for t, m, s in cells if t != "sphere"}
    for i, (task, method, seed) in enumerate(cells):
        if task == "sphere":
            continue
        run = runs[f"{task}/{method}/{seed}"]
        curve = study.tasks[task].outcomes[method][seed].curve
        assert history(client, run.info.run_id, "delivered") == (curve.steps.tolist(), curve.delivered.tolist())
        for name in ("best_return", "regret", "aocc", "steps_to_99"):
            found = run.data.metrics.get(f"result/{name}", np.nan)
            assert found == pytest.approx(table[name][i], rel=0, abs=0, nan_ok=True)
        assert run.data.params["method"] == method
    with pytest.raises(ValueError, match="experiment 'small' is there, expected the name of a new one"):
        em.write_mlflow(study, uri)


def test_wrong_arguments_are_refused():
    oracle("mlflow")
    for make, words in [
        (lambda: em.MLflow(3), "uri is 3, expected a text, or None"),
        (lambda: em.MLflow(name=""), "name is '', expected a text, or None"),
        (lambda: em.MLflow(experiment=None), "experiment is None, expected a name"),
        (lambda: em.MLflow()(None), r"MLflow is called outside of a run, expected em.run\("),
    ]:
        with pytest.raises(ValueError, match=words):
            make()
