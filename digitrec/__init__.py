"""digitrec: train small networks to read handwritten digits, and read what people draw."""

from __future__ import annotations

__version__ = "0.1.0"
