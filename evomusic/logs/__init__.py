"""Logs that other programs read: of IOHprofiler, TensorBoard and MLflow.

`ioh` writes a study, or records of runs, as IOHexperimenter does. `TensorBoard` and `MLflow` are watchers that log a
run while it goes on; `write_tensorboard` and `write_mlflow` log a study that is there. Packages are imported on use.
"""
