"""Experiments and runs in v1's words."""

import io
import math
import pathlib
import sys

import pytest
from conftest import some

from orrery import Experiment, OrreryError, Run, get_portal_url


def refused(code):
    return pytest.raises(OrreryError, check=lambda error: error.code == code)


@pytest.fixture
def experiment(ws):
    return Experiment(ws, some("experiment"))


@pytest.fixture
def run(experiment):
    return experiment.start_logging()


def test_an_experiment_is_made_once_and_is_of_its_workspace(ws, other):
    name = some("experiment")
    made = Experiment(ws, name)
    assert Experiment(ws, name).id == made.id
    assert ws.experiments[name].id == made.id
    assert name not in other.experiments
    with refused("RESOURCE_DOES_NOT_EXIST"):
        Experiment(other, name, _create_in_cloud=False)
    made.set_tags({"team": "a"})
    assert [each.id for each in Experiment.list(ws, tags={"team": "a"}) if each.name == name] == [made.id]
    made.remove_tags(["team"])
    assert "team" not in made.tags
    made.delete()
    with refused("INVALID_STATE"):
        Experiment(ws, name)
    made.restore()
    assert Experiment(ws, name).id == made.id


@pytest.mark.one_engine
def test_the_seeds_name_the_workspace_by_a_text(ws):
    assert Experiment(workspace=ws.name, name=some("my_experiment")).workspace.name == ws.name
    with refused("INVALID_PARAMETER_VALUE"):
        Experiment(workspace=7, name="any")


def test_get_metrics_gives_a_value_or_the_list_of_all(run):
    run.log("alpha", 0.03)
    for value in (3, 2, 1):
        run.log("loss", value)
    run.log_list("same", [7.0, 7.0, 7.0])
    run.log("nan", math.nan)
    run.log("inf", [math.inf, -math.inf])
    run.log_row("row", x=1, y=2)
    run.log_row("row", x=3, y=4)
    run.log_table("table", {"p": [1, 2], "q": 5})
    run.log("note", "hello")
    told = run.get_metrics()
    assert math.isnan(told.pop("nan"))
    assert told == {
        "alpha": 0.03,
        "loss": [3.0, 2.0, 1.0],
        "same": [7.0, 7.0, 7.0],
        # As in MLflow, which stores the largest numbers in their place.
        "inf": [sys.float_info.max, -sys.float_info.max],
        "row": {"x": [1.0, 3.0], "y": [2.0, 4.0]},
        "table": {"p": [1.0, 2.0], "q": 5.0},
        "note": "hello",
    }
    assert run.get_metrics("row") == {"row": {"x": [1.0, 3.0], "y": [2.0, 4.0]}}
    assert run.get_metrics(name="loss") == {"loss": [3.0, 2.0, 1.0]}
    assert run.get_metrics("none") == {}
    assert run.tags == {}
    with refused("INVALID_PARAMETER_VALUE"):
        run.log("loss", {"a": 1})


def test_what_mlflow_logged_at_one_late_step_is_one_value(guarded, ws, run):
    place = f"/workspaces/{ws.name}/api/2.0/mlflow/runs/log-metric"
    guarded.call("ada", "POST", place, run_id=run.id, key="late", value=0.5, timestamp=1, step=900)
    assert run.get_metrics() == {"late": 0.5}


def test_details_status_and_end(ws, experiment, run):
    details = run.get_details()
    assert (details["runId"], details["status"], details["endTimeUtc"]) == (run.id, "Running", None)
    assert details["startTimeUtc"].endswith("Z")
    assert details["properties"]["mlflow.user"] == details["submittedBy"]
    run.complete()
    assert run.get_status() == "Completed"
    assert run.wait_for_completion()["endTimeUtc"] is not None
    failed = experiment.start_logging(display_name="bad")
    failed.fail(ValueError("too few rows"))
    with pytest.raises(OrreryError, match="ValueError: too few rows") as caught:
        failed.wait_for_completion()
    assert caught.value.code == "RUN_FAILED"
    assert failed.wait_for_completion(raise_on_error=False)["status"] == "Failed"
    canceled = experiment.start_logging()
    canceled.cancel()
    assert canceled.get_status() == "Canceled"
    assert {each.display_name for each in experiment.get_runs()} >= {"bad"}


def test_wait_for_completion_waits_until_the_run_has_ended(run, capsys):
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            Run.get(run.experiment.workspace, run.id).complete()

    run._core.pause = pause
    assert run.wait_for_completion(show_output=True)["status"] == "Completed"
    assert len(pauses) == 3
    assert pauses[0] < pauses[2] <= 5
    assert capsys.readouterr().out.splitlines() == [f"{run.id}: Running", f"{run.id}: Completed"]


def test_a_run_as_a_block_ends_as_the_block_does(experiment):
    with experiment.start_logging() as good:
        good.log("a", 1)
    assert good.get_status() == "Completed"
    with pytest.raises(ZeroDivisionError), experiment.start_logging() as bad:
        raise ZeroDivisionError("by zero")
    assert bad.get_status() == "Failed"


def test_a_run_is_found_in_its_workspace_only(ws, other, run):
    assert Run.get(ws, run.id).experiment.id == run.experiment.id
    with refused("RESOURCE_DOES_NOT_EXIST"):
        Run.get(other, run.id)


def test_get_runs_by_tags_the_newest_first_without_children(experiment):
    first, second = experiment.start_logging(), experiment.start_logging()
    first.tag("kind", "a'b")
    second.set_tags({"kind": "c", "more": "d"})
    child = first.child_run("inner")
    assert child.parent.id == first.id
    assert {each.id for each in experiment.get_runs()} == {first.id, second.id}
    assert [each.id for each in experiment.get_runs(tags={"kind": "a'b"})] == [first.id]
    assert [each.id for each in experiment.get_runs(tags="more")] == [second.id]
    assert [each.id for each in first.get_children()] == [child.id]
    assert child.id in {each.id for each in experiment.get_runs(include_children=True)}
    second.remove_tags(["more"])
    assert second.get_tags() == {"kind": "c"}


def test_files_there_and_back(run, tmp_path):
    source = tmp_path / "source"
    (source / "deep er").mkdir(parents=True)
    (source / "a.txt").write_text("A")
    (source / "deep er" / "b é+20.txt").write_text("B")
    (source / "empty").write_bytes(b"")
    run.upload_folder("outputs", str(source))
    run.upload_file("stream.bin", io.BytesIO(b"123"))
    run.upload_file("big.bin", io.BytesIO(bytes(3 << 20)))
    names = ["big.bin", "outputs/a.txt", "outputs/deep er/b é+20.txt", "outputs/empty", "stream.bin"]
    assert run.get_file_names() == names
    run.download_file("outputs/a.txt")
    assert pathlib.Path("a.txt").read_text() == "A"
    run.download_file("outputs/deep er/b é+20.txt", "there/named.txt")
    assert pathlib.Path("there/named.txt").read_text() == "B"
    run.download_files("outputs", "all")
    assert sorted(path.as_posix() for path in pathlib.Path("all").rglob("*") if path.is_file()) == [
        "all/outputs/a.txt",
        "all/outputs/deep er/b é+20.txt",
        "all/outputs/empty",
    ]
    run.download_files("outputs", "cut", append_prefix=False)
    assert pathlib.Path("cut/a.txt").read_text() == "A"
    run.download_file("big.bin", "big")
    assert pathlib.Path("big").read_bytes() == bytes(3 << 20)
    assert pathlib.Path("big").stat().st_mode & 0o777 == 0o644
    with refused("RESOURCE_DOES_NOT_EXIST"):
        run.download_file("outputs/none.txt")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        run.download_files("none")
    assert list(pathlib.Path.cwd().glob(".*")) == []


@pytest.mark.parametrize("name", ["", "/a", "a/", "../a", "a/../../b", "."])
@pytest.mark.one_engine
def test_a_path_that_leaves_the_run_is_refused(run, name):
    with refused("INVALID_PARAMETER_VALUE"):
        run.upload_file(name, io.BytesIO(b"x"))
    assert run.get_file_names() == []


@pytest.mark.one_engine
def test_images_and_documents_are_files(run, tmp_path):
    (tmp_path / "plot.png").write_bytes(b"png")
    run.log_image("curve", path=str(tmp_path / "plot.png"))
    run.log_confusion_matrix("matrix", {"data": {"matrix": [[1, 0], [0, 1]]}})
    assert run.get_file_names() == ["curve.png", "matrix.json"]
    with refused("INVALID_PARAMETER_VALUE"):
        run.log_image("none")


def test_a_deleted_run_comes_back(experiment, run):
    run.delete()
    assert [each.id for each in experiment.get_runs()] == []
    run.restore()
    assert [each.id for each in experiment.get_runs()] == [run.id]


def test_a_reader_may_look_and_not_log(sign_in, guarded):
    from orrery import Workspace

    sign_in("ada", "elsewhere")
    run = Experiment(Workspace(), some("shared")).start_logging()
    run.log("a", 1)
    sign_in("bob", "elsewhere")
    seen = Run.get(Workspace(), run.id)
    assert seen.get_metrics() == {"a": 1.0}
    with refused("PERMISSION_DENIED"):
        seen.log("a", 2)
    with refused("PERMISSION_DENIED"):
        seen.upload_file("a.txt", io.BytesIO(b"x"))


@pytest.mark.one_engine
def test_get_context_is_the_run_of_the_process(ws, run, monkeypatch):
    with refused("NO_RUN"):
        Run.get_context()
    monkeypatch.setenv("MLFLOW_RUN_ID", run.id)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ws.get_mlflow_tracking_uri())
    assert Run.get_context().id == run.id


@pytest.mark.one_engine
def test_the_page_of_a_run_is_the_address_that_mlflow_prints(ws, run):
    assert run.get_portal_url() == f"{ws.get_portal_url()}#/experiments/{run.experiment.id}/runs/{run.id}"
    assert get_portal_url(run) == run.get_portal_url()
    with refused("INVALID_PARAMETER_VALUE"):
        get_portal_url("text")


@pytest.mark.one_engine
def test_jobs_are_not_there_yet(experiment):
    with refused("NOT_YET"):
        experiment.submit(object())
