"""scikit-learn with mlflow.sklearn.autolog()."""

import mlflow
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier


@pytest.fixture(scope="module")
def data():
    x, y = make_classification(120, 5, random_state=0)
    return pd.DataFrame(x, columns=list("abcde")), y


@pytest.fixture
def autologging():
    mlflow.sklearn.autolog()
    yield
    mlflow.sklearn.autolog(disable=True)


def test_a_fit_is_logged_with_its_params_metrics_data_and_model(client, experiment, autologging, data):
    with mlflow.start_run() as active:
        model = LogisticRegression(C=0.5).fit(*data)
        model.score(*data)
    read = client.get_run(active.info.run_id)
    assert read.data.params["C"] == "0.5"
    assert 0.5 < read.data.metrics["training_accuracy_score"] <= 1
    assert any(key.startswith("LogisticRegression_score") for key in read.data.metrics)
    assert read.data.tags["estimator_name"] == "LogisticRegression"
    assert [tag.value for tag in read.inputs.dataset_inputs[0].tags] == ["train"]
    assert "training_confusion_matrix.png" in {
        entry.path for entry in client.list_artifacts(active.info.run_id)
    }
    [output] = read.outputs.model_outputs
    logged = client.get_logged_model(output.model_id)
    assert (str(logged.status), logged.source_run_id, logged.params["C"]) == (
        "READY",
        active.info.run_id,
        "0.5",
    )
    assert {metric.key for metric in logged.metrics} >= {"training_accuracy_score"}
    loaded = mlflow.sklearn.load_model(f"models:/{output.model_id}")
    assert (loaded.predict(data[0]) == model.predict(data[0])).all()


@pytest.mark.sqlite_only
def test_a_grid_search_is_a_parent_with_children(client, experiment, autologging, data):
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, cv=2).fit(*data)
    runs = client.search_runs([experiment])
    [parent] = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert sorted(child.data.params["max_depth"] for child in children) == ["1", "2", "3"]
    assert parent.data.params["best_max_depth"] == str(search.best_params_["max_depth"])
    assert parent.data.metrics["best_cv_score"] == pytest.approx(search.best_score_)
    assert {entry.path for entry in client.list_artifacts(parent.info.run_id)} >= {"cv_results.csv"}
    models = {model.name for model in client.search_logged_models([experiment])}
    assert models == {"model", "best_estimator"}
