"""log_model and load_model over runs:/ and models:/m-… addresses."""

import mlflow
import pandas as pd
import pytest
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression


@pytest.fixture(scope="module")
def fitted():
    x = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0]})
    return LinearRegression().fit(x, [2.0, 5.0, 6.0]), x


def log(fitted, **more):
    model, x = fitted
    return mlflow.sklearn.log_model(
        model,
        name="line",
        signature=infer_signature(x, model.predict(x)),
        input_example=x,
        **more,
    )


def test_a_model_is_loaded_by_its_own_address_and_by_its_runs(client, experiment, fitted):
    with mlflow.start_run() as active:
        mlflow.log_params({"fit_intercept": True})
        mlflow.log_metric("rmse", 0.1)
        info = log(fitted, params={"depth": 3}, tags={"stage": "draft"}, step=2)
    model, x = fitted
    for uri in (info.model_uri, f"runs:/{active.info.run_id}/line", f"models:/{info.model_id}"):
        assert list(mlflow.pyfunc.load_model(uri).predict(x)) == pytest.approx(list(model.predict(x)))
    logged = client.get_logged_model(info.model_id)
    assert logged.params["depth"] == "3"
    assert (logged.tags["stage"], logged.source_run_id) == ("draft", active.info.run_id)
    assert [(o.model_id, o.step) for o in client.get_run(active.info.run_id).outputs.model_outputs] == [
        (info.model_id, 2)
    ]
    assert {entry.path for entry in client.list_logged_model_artifacts(info.model_id)} >= {
        "MLmodel",
        "conda.yaml",
    }
    assert mlflow.models.get_model_info(info.model_uri).signature.inputs.input_names() == ["a", "b"]


def test_metrics_logged_before_the_model_are_linked_to_it(client, experiment, fitted):
    with mlflow.start_run():
        mlflow.log_metric("rmse", 0.25)
        info = log(fitted)
        mlflow.log_metric("later", 0.5, model_id=info.model_id)
    assert {m.key: m.value for m in client.get_logged_model(info.model_id).metrics} == {
        "rmse": 0.25,
        "later": 0.5,
    }


def test_a_model_of_the_users_own_class(experiment):
    class Doubler(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input * 2

    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(name="doubler", python_model=Doubler())
    assert mlflow.pyfunc.load_model(info.model_uri).predict(pd.DataFrame({"x": [1, 2]}))["x"].tolist() == [
        2,
        4,
    ]


def test_a_model_without_a_run(client, experiment, fitted):
    info = log(fitted)
    assert client.get_logged_model(info.model_id).experiment_id == experiment
    assert mlflow.sklearn.load_model(info.model_uri).coef_.shape == (2,)


@pytest.mark.sqlite_only
def test_models_evaluate(client, experiment, fitted):
    model, x = fitted
    with mlflow.start_run() as active:
        info = log(fitted)
        data = x.assign(target=[2.0, 5.0, 6.0])
        result = mlflow.models.evaluate(info.model_uri, data, targets="target", model_type="regressor")
    read = client.get_run(active.info.run_id)
    assert read.data.metrics["root_mean_squared_error"] == pytest.approx(
        result.metrics["root_mean_squared_error"], abs=1e-9
    )
    assert len(read.inputs.dataset_inputs) == 1
    metrics = client.get_logged_model(info.model_id).metrics
    assert "root_mean_squared_error" in {metric.key for metric in metrics}
    assert {metric.dataset_name for metric in metrics} == {"dataset"}
