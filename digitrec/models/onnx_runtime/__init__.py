"""Networks computed by ONNX Runtime, where it is installed."""
