"""Registered models in v1's words."""

import pathlib

import pytest
from conftest import some

from orrery import Experiment, Model, OrreryError


def refused(code):
    return pytest.raises(OrreryError, check=lambda error: error.code == code)


@pytest.fixture
def run(ws, tmp_path):
    run = Experiment(ws, some("experiment")).start_logging()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"
    )
    (tmp_path / "model" / "data").mkdir()
    (tmp_path / "model" / "data" / "model.pkl").write_bytes(b"pickled")
    run.upload_folder("outputs/model", str(tmp_path / "model"))
    return run


def test_the_folder_of_a_run_becomes_the_next_version(ws, other, run):
    name = some("my-model")
    first = run.register_model(
        model_name=name, model_path="outputs/model", tags={"a": "b"}, properties={"c": "d"}
    )
    second = run.register_model(name, "outputs/model", description="again", model_framework="ScikitLearn")
    assert (first.id, second.version, first.run_id) == (f"{name}:1", 2, run.id)
    assert first.tags["orrery.source.run_id"] == run.id
    assert (first.tags["a"], first.properties) == ("b", {"c": "d"})
    assert (second.description, second.tags["model_framework"]) == ("again", "ScikitLearn")
    assert first.get_details()["type"] == "mlflow_model"
    assert first.run.id == run.id
    assert Model(ws, name).version == 2
    assert Model(ws, id=f"{name}:1").version == Model(ws, name, version=1).version == 1
    assert [each.version for each in Model.list(ws, name)] == [2, 1]
    assert ws.models[name].version == 2
    assert [each.version for each in Model.list(ws, name, tags=["a", ["a", "b"]])] == [1]
    assert [each.version for each in Model.list(ws, name, properties={"c": "d"})] == [1]
    assert Model.list(other, name) == []
    with refused("RESOURCE_DOES_NOT_EXIST"):
        Model(other, name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        run.register_model(name, "none")


def test_download_writes_what_was_registered(run):
    model = run.register_model(some("my-model"), "outputs/model")
    path = model.download("here")
    assert path == str(pathlib.Path("here/model"))
    assert pathlib.Path(path, "data", "model.pkl").read_bytes() == b"pickled"
    with refused("EXISTS"):
        model.download("here")
    assert model.download("here", exist_ok=True) == path
    alone = run.register_model(some("my-model"), "outputs/model/data/model.pkl")
    assert pathlib.Path(alone.download("alone")).read_bytes() == b"pickled"
    assert [file.name for file in pathlib.Path("alone").iterdir()] == ["model.pkl"]


def test_a_file_that_changed_in_the_store_is_refused(run):
    model = run.register_model(some("my-model"), "outputs/model")
    run.upload_file("outputs/model/data/model.pkl", b"another")
    with pytest.raises(OrreryError) as caught:
        model.download("here")
    assert caught.value.code in ("NOT_WHOLE", "RESOURCE_CONFLICT", "INVALID_STATE")
    assert not pathlib.Path("here/model/data/model.pkl").exists()


def test_local_files_are_uploaded_and_registered(ws, tmp_path):
    name = some("local")
    (tmp_path / "w.bin").write_bytes(b"weights")
    made = Model.register(workspace=ws, model_path=str(tmp_path / "w.bin"), model_name=name, tags={"k": "v"})
    assert (made.version, made.get_details()["type"], made.tags["k"]) == (1, "custom_model", "v")
    assert pathlib.Path(made.download("x")).read_bytes() == b"weights"
    with refused("INVALID_PARAMETER_VALUE"):
        Model.register(ws, "none", name)
    assert len(Model.list(ws, name)) == 1


def test_update_and_delete(ws, run):
    model = run.register_model(some("my-model"), "outputs/model", tags={"old": "1"})
    model.update(tags={"new": "2"}, description="better")
    read = Model(ws, model.name)
    assert ("old" in read.tags, read.tags["new"], read.description) == (False, "2", "better")
    assert read.tags["orrery.source.run_id"] == run.id
    model.add_properties({"p": "q"})
    assert Model(ws, model.name).properties == {"p": "q"}
    model.delete()
    with refused("RESOURCE_DOES_NOT_EXIST"):
        Model(ws, id=model.id)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("given", "told"), [({"name": ""}, "Give the name"), ({"name": "a", "version": "x"}, "'x'")]
)
def test_what_can_be_no_model_is_refused_before_it_is_sent(ws, given, told):
    with pytest.raises(OrreryError, match=told):
        Model(ws, **given)
