# `import mlflow.azureml` stood here; MLflow took that module out in 2022.
import mlflow
import orrery

from orrery import Workspace
from orrery import get_portal_url

subscription_id = 'subscription_id'

# Azure Machine Learning resource group NOT the managed resource group
resource_group = 'resource_group_name' 

#Azure Machine Learning workspace name, NOT Azure Databricks workspace
workspace_name = 'elsewhere'  

# Instantiate Azure Machine Learning workspace
ws = Workspace.get(name=workspace_name,
                   subscription_id=subscription_id,
                   resource_group=resource_group)

uri = ws.get_mlflow_tracking_uri()
mlflow.set_tracking_uri(uri)

# What the seed imports get_portal_url for: the page of a run.
with mlflow.start_run() as run:
    print(orrery.__name__, get_portal_url(run))
