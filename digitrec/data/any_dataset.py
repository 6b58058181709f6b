"""The data sets of all tasks, as one type."""

from __future__ import annotations

from typing import TypeAlias

from digitrec.data.dataset import DataSet
from digitrec.data.ink.dataset import InkDataSet
from digitrec.data.marks.dataset import MarkDataSet
from digitrec.data.string_dataset import StringDataSet

__all__ = ["AnyDataSet"]

AnyDataSet: TypeAlias = DataSet | StringDataSet | InkDataSet | MarkDataSet
"""A data set of digits, strings, pictures with ink, or windows with marks."""
