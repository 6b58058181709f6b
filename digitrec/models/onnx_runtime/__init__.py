"""Networks for single digits and for ink, computed by ONNX Runtime where it is installed."""
