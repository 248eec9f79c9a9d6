"""Datasets and models as inputs and outputs of runs."""

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
)


def table():
    return pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": ["a", "b", "c"], "target": [0, 1, 0]})


def test_a_logged_dataset_is_an_input_of_its_run(client, experiment):
    dataset = mlflow.data.from_pandas(
        table(), name="iris", targets="target", source="http://example.org/iris.csv"
    )
    with mlflow.start_run() as active:
        mlflow.log_input(dataset, context="training", tags={"split": "a"})
    [read] = client.get_run(active.info.run_id).inputs.dataset_inputs
    assert (read.dataset.name, read.dataset.digest) == ("iris", dataset.digest)
    assert {tag.key: tag.value for tag in read.tags} == {"mlflow.data.context": "training", "split": "a"}
    assert "http://example.org/iris.csv" in read.dataset.source
    assert '"num_rows": 3' in read.dataset.profile
    assert "target" in read.dataset.schema


def test_the_same_dataset_logged_twice_is_one_input(client, experiment):
    dataset = mlflow.data.from_numpy(np.arange(12).reshape(3, 4), name="numbers")
    with mlflow.start_run() as active:
        mlflow.log_input(dataset, context="training")
        mlflow.log_input(dataset, context="training")
        mlflow.log_inputs([dataset], contexts=["evaluation"], tags_list=[None])
    assert len(client.get_run(active.info.run_id).inputs.dataset_inputs) == 1


def test_runs_are_found_by_their_datasets(client, experiment):
    with mlflow.start_run() as active:
        mlflow.log_input(mlflow.data.from_pandas(table(), name="found"), context="train")
    with mlflow.start_run():
        mlflow.log_input(mlflow.data.from_pandas(table(), name="other"), context="test")
    by_name = client.search_runs([experiment], "dataset.name = 'found'")
    by_context = client.search_runs([experiment], "dataset.context = 'train'")
    assert [run.info.run_id for run in by_name] == [active.info.run_id]
    assert [run.info.run_id for run in by_context] == [active.info.run_id]
    assert by_name[0].inputs.dataset_inputs[0].dataset.name == "found"


def test_many_datasets_in_one_call(client, run):
    inputs = [
        DatasetInput(
            Dataset(f"d{i}", f"digest{i}", "local", f"/data/{i}"), [InputTag("mlflow.data.context", "train")]
        )
        for i in range(50)
    ]
    client.log_inputs(run, datasets=inputs)
    assert len(client.get_run(run).inputs.dataset_inputs) == 50


def test_models_are_inputs_and_outputs_of_runs(client, experiment, run):
    model = client.create_logged_model(experiment, name="base", source_run_id=run)
    client.log_outputs(run, [LoggedModelOutput(model.model_id, step=7)])
    other = client.create_run(experiment).info.run_id
    client.log_inputs(other, models=[LoggedModelInput(model.model_id)])
    [output] = client.get_run(run).outputs.model_outputs
    assert (output.model_id, output.step) == (model.model_id, 7)
    [read] = client.get_run(other).inputs.model_inputs
    assert read.model_id == model.model_id
