"""Networks for single digits, computed by ONNX Runtime where it is installed."""
