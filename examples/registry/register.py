"""From a run to a model that others load by name, as it would be written for any MLflow server.

export MLFLOW_TRACKING_URI=http://127.0.0.1:5000
python register.py
"""

import mlflow
from mlflow import MlflowClient
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

MODEL_NAME = "my-model"

mlflow.set_experiment("experiment_with_mlflow")
client = MlflowClient()

features, progression = load_diabetes(return_X_y=True, as_frame=True)
train_x, test_x, train_y, test_y = train_test_split(features, progression, random_state=0)


def train(alpha: float) -> str:
    """Logs a model and returns the id of its run."""
    with mlflow.start_run() as run:
        model = Ridge(alpha=alpha).fit(train_x, train_y)
        mlflow.log_param("alpha", alpha)
        mlflow.log_metric("mse", mean_squared_error(test_y, model.predict(test_x)))
        mlflow.sklearn.log_model(model, name="model", input_example=train_x.head(3))
    return run.info.run_id


# Every registration is the next version of the model; the first one makes it.
versions = [
    mlflow.register_model(f"runs:/{train(alpha)}/model", MODEL_NAME, tags={"task": "regression"})
    for alpha in (1.0, 0.03)
]


def mse(version) -> float:
    return client.get_run(version.run_id).data.metrics["mse"]


# The best one is what everybody loads who asks for the champion.
best = min(versions, key=mse)
client.set_registered_model_alias(MODEL_NAME, "champion", best.version)
client.update_model_version(MODEL_NAME, best.version, f"Mean squared error {mse(best):.1f}")

champion = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}@champion")
predictions = champion.predict(test_x)
print(f"Version {best.version} of {MODEL_NAME} predicts {len(predictions)} rows")

# Moving a model on means copying it to the name that production loads: no file is written again.
copy = client.copy_model_version(f"models:/{MODEL_NAME}@champion", f"{MODEL_NAME}-production")
print(f"Version {copy.version} of {copy.name} is a copy of {copy.source}")
