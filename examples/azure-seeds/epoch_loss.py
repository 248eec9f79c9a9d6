# Where a run's loss comes from: the seed has a model of PyTorch in its place.
class Loss:
    def item(self):
        return 0.25


loss = Loss()

import mlflow 
mlflow.log_metric('epoch_loss', loss.item()) 
