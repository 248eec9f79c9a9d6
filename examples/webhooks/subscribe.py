"""Makes a webhook, tests it and registers a model that it tells of, as for any MLflow server.

export MLFLOW_TRACKING_URI=http://127.0.0.1:5000
export WEBHOOK_SECRET=...
python subscribe.py http://127.0.0.1:8400
"""

import os
import sys

from mlflow import MlflowClient

client = MlflowClient()

webhook = client.create_webhook(
    name="my-receiver",
    url=sys.argv[1],
    events=["registered_model.created", "model_version.created", "model_version_alias.created"],
    secret=os.environ["WEBHOOK_SECRET"],
)
result = client.test_webhook(webhook.webhook_id, "registered_model.created")
print(f"Test: {result.response_status} {result.response_body or result.error_message}")

client.create_registered_model("announced-model")
version = client.create_model_version("announced-model", source="s3://bucket/model")
client.set_registered_model_alias("announced-model", "champion", version.version)
