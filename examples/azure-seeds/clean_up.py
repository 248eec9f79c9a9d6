# In the seed single runs cannot be deleted; here they can, and so can a whole workspace.
from orrery import Experiment, Workspace

ws = Workspace.from_config()
for run in Experiment(ws, 'experiment_with_mlflow').get_runs():
    run.delete()

old = Workspace.create('out-of-use', exist_ok=True)
Experiment(old, 'any').start_logging().complete()
old.delete(delete_dependent_resources=True)
print(sorted(Workspace.list()))
