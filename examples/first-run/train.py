"""A training script as it would be written for any MLflow server: nothing here knows of Orrery.

export MLFLOW_TRACKING_URI=http://127.0.0.1:5000
python train.py
"""

import mlflow
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

ALPHA = 0.03

mlflow.set_experiment("experiment_with_mlflow")

features, progression = load_diabetes(return_X_y=True, as_frame=True)
train_x, test_x, train_y, test_y = train_test_split(features, progression, random_state=0)

with mlflow.start_run() as run:
    mlflow.log_metric("alpha", ALPHA)
    mlflow.log_params({"alpha": ALPHA, "rows": len(train_x)})
    mlflow.log_input(mlflow.data.from_pandas(train_x, name="diabetes"), context="training")

    model = Ridge(alpha=ALPHA).fit(train_x, train_y)
    mlflow.log_metric("mse", mean_squared_error(test_y, model.predict(test_x)))

    mlflow.sklearn.log_model(model, name="model", input_example=train_x.head(3))
    mlflow.log_dict({"features": list(features.columns)}, "features.json")

print(f"Run {run.info.run_name} ({run.info.run_id}) is in {mlflow.get_tracking_uri()}")
