"""The data sets that can be chosen; add a new one in a module here, and import it below."""

from __future__ import annotations

from digitrec.data.sets.mixes import HandsData, MixData
from digitrec.data.sets.single import (
    DrawingsData,
    MnistData,
    PenData,
    SyntheticData,
    UnipenData,
)
from digitrec.data.sets.strings import StringsData

__all__ = [
    "DrawingsData",
    "HandsData",
    "MixData",
    "MnistData",
    "PenData",
    "StringsData",
    "SyntheticData",
    "UnipenData",
]
