"""Loggers, the programs that a run is logged to: TensorBoard, MLflow, Weights & Biases."""
