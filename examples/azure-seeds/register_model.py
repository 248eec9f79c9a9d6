import mlflow
from orrery import Run, Workspace
from sklearn.linear_model import LinearRegression

ws = Workspace.from_config()
mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())
mlflow.set_experiment('experiment_with_mlflow')

with mlflow.start_run() as tracked:
    mlflow.sklearn.log_model(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), name='model')
run = Run.get(ws, tracked.info.run_id)

# the model folder produced from the run is registered. This includes the MLmodel file, model.pkl and the conda.yaml.
run.register_model(model_name = 'my-model', model_path = 'model')

# What the pages of the seed show next: the model, its tags, its files.
model = ws.models['my-model']
print(model.id, model.tags['orrery.source.run_id'] == run.id)
print(model.download('downloaded'))
