"""A training script as it would be written for any MLflow server: nothing here knows of Orrery.

The last line that it prints is the id of its run, for the steps that come after it. MLflow prints lines of its own before.
"""

import mlflow

LEARNING_RATE = 0.1

mlflow.set_experiment("ci")

with mlflow.start_run() as run:
    mlflow.log_param("learning_rate", LEARNING_RATE)
    weight = 0.0
    for step in range(20):
        loss = (weight - 3.0) ** 2
        weight -= LEARNING_RATE * 2 * (weight - 3.0)
        mlflow.log_metric("loss", loss, step=step)
    mlflow.log_dict({"weight": weight}, "model/weights.json")

print(run.info.run_id)
