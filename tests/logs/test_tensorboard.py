"""Logs of TensorBoard, read back by its own reader: numbers in 32 bits, the best melody, parameters."""

import io
import wave

import numpy as np
import pytest

import evomusic as em
from tests.evolve.oracles import oracle
from tests.logs.conftest import ONES

TINY = em.make("tiny")


@pytest.fixture(autouse=True)
def _tensorboard():
    oracle("tensorboard")


def events(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), {"scalars": 0, "tensors": 0, "images": 0, "audio": 0})
    found.Reload()
    return found


def scalars(found, tag):
    """Steps and values of a tag."""
    return [e.step for e in found.Scalars(tag)], [e.value for e in found.Scalars(tag)]


def parameters(found):
    from tensorboard.plugins.hparams.metadata import SESSION_START_INFO_TAG, parse_session_start_info_plugin_data

    content = found.SummaryMetadata(SESSION_START_INFO_TAG).plugin_data.content
    values = parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in values.items()}


@pytest.mark.parametrize("method", [em.GA(population=10), em.HillClimb(), em.QLearning(), em.Dyna()], ids=repr)
def test_every_row_of_the_curve_is_logged_and_the_run_is_the_same(tmp_path, method):
    watch = em.TensorBoard(tmp_path)
    record = em.run(method, TINY, steps=2000, seed=3, watch=watch)
    assert record.curve.best.tolist() == em.run(method, TINY, steps=2000, seed=3).curve.best.tolist()
    found, steps = events(watch.place), record.curve.steps.tolist()
    for name in ("best", "delivered", "delivered_best", "online"):
        values = getattr(record.curve, name).astype(np.float32).tolist()
        assert scalars(found, f"return/{name}") == (steps, values)
    assert scalars(found, "learning/updates") == (steps, record.curve.updates.tolist())
    if record.curve.sweeps[-1]:
        assert scalars(found, "learning/sweeps")[1][-1] == record.curve.sweeps[-1]


def test_the_best_melody_is_text_picture_and_sound(tmp_path):
    watch = em.TensorBoard(tmp_path, name="mine")
    record = em.run(em.GA(population=10), TINY, steps=400, watch=em.MaxSteps(10**6) | watch)
    assert watch.place == tmp_path / "mine"
    found, best = events(watch.place), em.Melody(record.best, TINY.grid)
    (text,) = found.Tensors("best")[0].tensor_proto.string_val
    assert text.decode() == f"return {record.best_return!r}\n\n    {best.text}"
    (image,) = found.Images("best/roll")
    assert image.encoded_image_string.startswith(b"\x89PNG")
    (sound,) = found.Audio("best/sound")
    with wave.open(io.BytesIO(sound.encoded_audio_string)) as file:
        assert (file.getframerate(), file.getnframes()) == (sound.sample_rate, sound.length_frames)
        assert file.getnframes() > 10_000


def test_parameters_are_those_of_the_method_as_it_ran(tmp_path):
    watch = em.TensorBoard(tmp_path)
    em.run(em.GA(), TINY, steps=4000, seed=2, watch=watch)
    found = parameters(events(watch.place))
    population = em.GA().sized(1000).population
    assert {name: found[name] for name in ("task", "method", "steps", "seed", "method.population")} == {
        "task": "tiny",
        "method": "GA",
        "steps": 4000,
        "seed": 2,
        "method.population": population,
    }
    assert found["method.encoding.kind"] == "Notes"


def test_diversity_is_that_of_the_population_at_each_row(tmp_path):
    watch = em.TensorBoard(tmp_path)
    record = em.run(em.GA(population=10), TINY, steps=400, seed=1, watch=watch)
    diversity = em.record_diversity(em.GA(population=10), TINY, steps=400, seed=1, rows=10_000)
    at = {step: i for i, step in enumerate(diversity.steps.tolist())}
    steps, values = scalars(events(watch.place), "diversity/distance")
    assert steps == record.curve.steps.tolist()
    assert values == diversity.distance[[at[step] for step in steps]].astype(np.float32).tolist()
    assert scalars(events(watch.place), "diversity/distinct")[1][-1] == np.float32(diversity.distinct[-1])
    em.run(em.HillClimb(), TINY, steps=400, watch=watch)
    assert "diversity/distance" not in events(watch.place).Tags()["scalars"]


def test_a_watcher_logs_several_runs_each_in_a_folder_of_its_own(tmp_path):
    watch = em.TensorBoard(tmp_path)
    for seed in (0, 1, 1):
        em.run(em.RandomSearch(), ONES, steps=50, seed=seed, watch=watch)
    names = ["OneMax-RandomSearch-0", "OneMax-RandomSearch-1", "OneMax-RandomSearch-1-2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert not events(watch.place).Tags()["audio"]


def test_the_log_of_a_run_that_fails_holds_what_came_before(tmp_path):
    watch = em.TensorBoard(tmp_path)

    def fail(ledger):
        if ledger.spent > 200:
            raise OverflowError

    with pytest.raises(OverflowError):
        em.run(em.GA(population=10), TINY, steps=4000, watch=watch | fail)
    found = events(watch.place)
    assert 150 < scalars(found, "return/best")[0][-1] <= 200
    assert "best/roll" not in found.Tags()["images"]


def test_a_study_has_a_folder_a_cell_with_curve_parameters_and_results(study, tmp_path):
    place = em.write_tensorboard(study, tmp_path / "board", tasks=["tiny", "sphere"])
    table = em.load(study)
    cells = list(zip(table["task"].tolist(), table["method"].tolist(), table["seed"].tolist(), strict=True))
    assert {path.name for path in place.iterdir()} == {"tiny", "sphere"}
    for i, (task, method, seed) in enumerate(cells):
        if task == "ones":
            continue
        found, curve = events(place / task / method / str(seed)), study.tasks[task].outcomes[method][seed].curve
        assert scalars(found, "return/best") == (curve.steps.tolist(), curve.best.astype(np.float32).tolist())
        assert scalars(found, "result/best_return") == ([240], [np.float32(table["best_return"][i])])
        assert ("result/regret" in found.Tags()["scalars"]) == np.isfinite(table["regret"][i])
        assert parameters(found)["method"] == method


def test_wrong_arguments_are_refused(study, tmp_path):
    (tmp_path / "file").write_text("")
    for make, words in [
        (lambda: em.TensorBoard(3), "folder is 3, expected a path"),
        (lambda: em.TensorBoard(tmp_path, name=""), "name is '', expected a name, or None"),
        (lambda: em.TensorBoard(tmp_path)(None), r"TensorBoard is called outside of a run, expected em.run\("),
        (lambda: em.write_tensorboard(study, tmp_path / "file"), "file is there and not empty"),
        (lambda: em.write_tensorboard(study, tmp_path / "x", tasks=["one"]), "tasks has 'one', .*mean 'ones'"),
    ]:
        with pytest.raises(ValueError, match=words):
            make()
