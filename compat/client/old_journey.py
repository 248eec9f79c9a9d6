"""Run by the 2.x client: trains, logs, registers, loads, searches; prints what it saw as one line of JSON."""

import json
import sys

import mlflow
from sklearn.linear_model import LogisticRegression

mlflow.set_experiment(experiment_id=sys.argv[1])
with mlflow.start_run(run_name="old") as run:
    model = LogisticRegression(C=0.5).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    mlflow.log_params(model.get_params())
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 2), step=step)
    mlflow.log_text("hello", "notes.txt")
    mlflow.sklearn.log_model(model, "model", pip_requirements=["scikit-learn"])

loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
assert list(loaded.predict([[0.0], [3.0]])) == [0, 1]
found = mlflow.search_runs(filter_string="params.C = '0.5' and metrics.loss < 0.3")
assert list(found["run_id"]) == [run.info.run_id]
assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")) == 3

client = mlflow.MlflowClient()
name = f"old-{run.info.run_id[:8]}"
registered = mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
client.set_registered_model_alias(name, "champion", registered.version)
client.transition_model_version_stage(name, registered.version, "Production")
for address in (f"models:/{name}@champion", f"models:/{name}/1", f"models:/{name}/Production"):
    assert list(mlflow.pyfunc.load_model(address).predict([[0.0], [3.0]])) == [0, 1]
copied = client.copy_model_version(f"models:/{name}/1", f"{name}-copy")
assert [found.source for found in client.search_model_versions(f"name = '{name}-copy'")] == [copied.source]
print(json.dumps({"version": mlflow.__version__, "run_id": run.info.run_id}))
