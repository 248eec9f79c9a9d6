from orrery import Experiment, Workspace

ws = Workspace.from_config()
run = next(Experiment(ws, 'experiment_with_mlflow').get_runs())

print(run.get_metrics())
print(ws.get_details())
