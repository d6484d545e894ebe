"""MNIST, fully connected 784-300-150-10, momentum, rate halved every two epochs: report E's net.

Report E reached 97.33 % on the test images in 1,158 s on a 2.7 GHz i5. Every setting is the
report's: batch norm after each hidden layer, ReLU, learning rate 0.01, momentum 0.9, batch 100,
10 epochs. results/E-mnist-mlp.json has what was measured, with the machine and the commit.
"""

from .base import Recipe

RECIPE = Recipe(
    name="E-mnist-mlp",
    claim="784-300-150-10 with batch norm and momentum reaches 97.33 % on MNIST",
    config={
        "data": "mnist",
        "validation": 5000,
        "epochs": 10,
        "batch_size": 100,
        "model": {"name": "mlp", "hidden": [300, 150], "norm": "batch", "dropout": 0.0},
        "optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9},
        "schedule": {"name": "step", "every_epochs": 2, "factor": 0.5},
    },
    reported={"test_accuracy": 0.9733, "seconds": 1158},
    bar=0.9733,
)
