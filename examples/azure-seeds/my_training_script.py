# Run by whoever sets MLFLOW_TRACKING_URI, as a job will: nothing here says where it tracks.
import mlflow

with mlflow.start_run():
    mlflow.log_metric('example', 1.23)
