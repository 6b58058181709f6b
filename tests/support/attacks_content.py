"""Attacks by what a weights file says: wrong weights, attributes, or stored check."""

from __future__ import annotations

import json

import h5py
import numpy as np
from attacks import FIRST, LAST, Attacks, replace, text

CONTENT_ATTACKS = Attacks()
edit, texts, numbers = CONTENT_ATTACKS.edit, CONTENT_ATTACKS.texts, CONTENT_ATTACKS.numbers

# Wrong weights.


@edit("the shape")
def a_transposed_weight(file: h5py.File) -> None:
    replace(file, "weights/layers.8.weight", data=file["weights/layers.8.weight"][()].T.copy())


@edit("the shape")
def a_scalar_with_one_dimension(file: h5py.File) -> None:
    replace(file, "weights/mean", data=np.float32([0.1307]))


@edit("the type float64")
def a_weight_in_float64(file: h5py.File) -> None:
    replace(file, FIRST, data=file[FIRST][()].astype(np.float64))


@edit("the type float16")
def a_weight_in_float16(file: h5py.File) -> None:
    replace(file, FIRST, data=file[FIRST][()].astype(np.float16))


@edit("does not have plain numbers in little-endian order")
def a_big_endian_weight(file: h5py.File) -> None:
    replace(file, FIRST, data=file[FIRST][()].astype(">f4"))


@edit("weights are missing: layers.8.bias")
def a_missing_weight(file: h5py.File) -> None:
    del file[LAST]


@edit("weights are missing: .* more")
def no_weights(file: h5py.File) -> None:
    del file["weights"]


@edit("unexpected arrays: weights/layers.9.bias")
def an_extra_weight(file: h5py.File) -> None:
    file["weights/layers.9.bias"] = np.zeros(10, np.float32)


@edit("unexpected arrays: notes")
def an_extra_array(file: h5py.File) -> None:
    file["notes"] = np.frombuffer(b"import os; os.system('x')", np.uint8)


@edit("unexpected arrays: optimizer/momentum")
def an_extra_group(file: h5py.File) -> None:
    file["optimizer/momentum"] = np.zeros(3, np.float32)


@edit("unexpected arrays: check/more")
def an_extra_check(file: h5py.File) -> None:
    file["check/more"] = np.zeros(3, np.float32)


@edit("'more' is empty")
def an_empty_group(file: h5py.File) -> None:
    file.create_group("more")


@edit(r"'weights/more' is not an array")
def a_group_in_a_group(file: h5py.File) -> None:
    file.create_group("weights/more")


@edit("not finite")
def a_weight_that_is_nan(file: h5py.File) -> None:
    file[LAST][3] = np.nan


@edit("not finite")
def a_weight_that_is_infinite(file: h5py.File) -> None:
    file[LAST][3] = -np.inf


@edit("weights/std is 0")
def a_standard_deviation_of_zero(file: h5py.File) -> None:
    file["weights/std"][()] = 0.0


@edit("running_var holds a negative variance")
def a_negative_variance(file: h5py.File) -> None:
    file["weights/layers.0.1.running_var"][2] = -1.0


@edit("do not give the stored logits")
def weights_of_another_network(file: h5py.File) -> None:
    file[FIRST][...] = file[FIRST][()] * 1.5


@edit("holds numbers beyond 1e[+]09")
def weights_that_overflow(file: h5py.File) -> None:
    file["weights/layers.8.weight"][...] = 3e38
    file["weights/layers.8.bias"][...] = 3e38


@edit(r"unexpected arrays: weights/\\x1b\[2J error")
def a_name_that_commands_the_terminal(file: h5py.File) -> None:
    file["weights/\x1b[2J\nerror: all is well"] = np.zeros(3, np.float32)


@edit("not UTF-8")
def a_name_that_is_no_utf8(file: h5py.File) -> None:
    file[b"weights/\xff\xfe"] = np.zeros(3, np.float32)


# Attributes.


@edit("missing or unexpected: command")
def an_extra_attribute(file: h5py.File) -> None:
    text(file, "command", "rm -r /")


@edit("missing or unexpected: temperature")
def a_missing_attribute(file: h5py.File) -> None:
    del file.attrs["temperature"]


texts("format", "another program", other="keras", case="Digitrec", empty="")
numbers("format", "another program", number=1)
numbers("format_version", "newer", next=3, far=2**62)
numbers("format_version", "format_version is", zero=0, negative=-1, fraction=1.0)
numbers("format_version", "not a plain text or number", bool=True)
texts("format_version", "format_version is", text="1")
texts(
    "model", "no model is called",
    unknown="resnet", dotted="os.system", path="../../model.py", empty="", case="Tiny",
    long="x" * 60_000,
)  # fmt: skip
numbers("model", "wrong type", number=3)
texts("model", "weights are missing", other="lenet5")
texts(
    "model_arguments", "not a JSON dict",
    invalid="{", python="{'width': 8}", list="[8]", number="8", text='"width"', empty="",
    deep="[" * 60_000, deeper='{"a":' * 10_000,
)  # fmt: skip
texts(
    "model_arguments", "no setting is called model",
    extra='{"depth": 3}', dunder='{"__class__": 1}', of_another='{"widht": 8}', empty_key='{"": 1}',
)  # fmt: skip
texts(
    "model_arguments", "hold a name",
    name='{"name": "tiny"}', other_name='{"name": "cnn"}', list_name='{"name": [1]}',
)  # fmt: skip
texts("preprocessing", "not a JSON dict", invalid="{", list="[]")
texts("preprocessing", "different preprocessing", empty="{}", other='{"version": 1, "size": 32}')
texts("class_names", "not a JSON list", invalid="[", dict="{}")
texts(
    "class_names", "not the digits 0 to 9",
    order=json.dumps([*"1023456789"]), letters=json.dumps([*"abcdefghij"]),
    short='["0"]', numbers="[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", nested=json.dumps([["0"]] * 10),
)  # fmt: skip
texts("provenance", "not a JSON dict", invalid="{", list="[]", deep="[" * 60_000)
numbers(
    "temperature", "temperature is",
    smallest=5e-324, small=9e-4, large=1001.0, zero=0.0, negative=-1.0,
    nan=float("nan"), infinite=float("inf"),
)  # fmt: skip
numbers("temperature", "temperature has the wrong type", whole=1)
texts("temperature", "temperature has the wrong type", text="1.0")
numbers("temperature", "do not give the stored check/probabilities", other=1.01)
numbers("rejection_threshold", "do not give the stored check/margins", other=0.001)
texts(
    "provenance", "its provenance holds a number that is not finite",
    nan='{"a": NaN}', infinite='{"a": [{"b": -Infinity}]}', huge='{"a": 1e999}',
)  # fmt: skip
texts("provenance", "more than 8 levels deep", levels="{" + '"a": {' * 8 + "}" * 9)
texts("provenance", "a text of more than 10,000", text=json.dumps({"a": "x" * 10_001}))
numbers(
    "rejection_threshold", "rejection_threshold is",
    negative=-0.1, above=1.1, nan=float("nan"), infinite=float("inf"),
)  # fmt: skip

# The stored input and its logits.


@edit("check/input or check/logits is missing")
def no_check(file: h5py.File) -> None:
    del file["check"]


@edit("check/input or check/logits is missing")
def no_check_logits(file: h5py.File) -> None:
    del file["check/logits"]


@edit("do not give the stored logits")
def wrong_check_logits(file: h5py.File) -> None:
    file["check/logits"][2, 3] += 0.5


@edit("do not give the stored logits")
def check_logits_that_are_nan(file: h5py.File) -> None:
    file["check/logits"][...] = np.nan


@edit("do not give the stored logits")
def check_logits_that_are_infinite(file: h5py.File) -> None:
    file["check/logits"][...] = np.inf


@edit("check/input has the shape")
def no_check_images(file: h5py.File) -> None:
    replace(file, "check/input", data=np.zeros((0, 1, 28, 28), np.float32))
    replace(file, "check/logits", data=np.zeros((0, 10), np.float32))


@edit("check/input has the shape")
def too_many_check_images(file: h5py.File) -> None:
    replace(file, "check/input", data=np.zeros((100, 1, 28, 28), np.float32))
    replace(file, "check/logits", data=np.zeros((100, 10), np.float32))


@edit("check/input has the shape")
def check_images_of_another_size(file: h5py.File) -> None:
    replace(file, "check/input", data=np.zeros((8, 1, 32, 32), np.float32))


@edit("check/input has the")
def check_images_in_float64(file: h5py.File) -> None:
    replace(file, "check/input", data=file["check/input"][()].astype(np.float64))


@edit("check/input has the shape")
def a_scalar_for_check_images(file: h5py.File) -> None:
    replace(file, "check/input", data=np.float32(0))


@edit("check/probabilities is missing")
def no_stored_probabilities(file: h5py.File) -> None:
    del file["check/probabilities"]


@edit("check/margins is missing, or has the wrong shape")
def margins_of_another_shape(file: h5py.File) -> None:
    replace(file, "check/margins", data=np.zeros((8, 1), np.float32))


@edit("do not give the stored check/probabilities")
def stored_probabilities_that_are_nan(file: h5py.File) -> None:
    file["check/probabilities"][...] = np.nan


@edit("check/logits has the shape")
def check_logits_of_another_shape(file: h5py.File) -> None:
    replace(file, "check/logits", data=np.zeros((8, 11), np.float32))
