"""Attacks by what the file is: another kind, or more of HDF5 than a weights file uses."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import torch
from attacks import FIRST, LAST, Attacks, replace
from networks import build

FILE_ATTACKS = Attacks()
attack, edit = FILE_ATTACKS.attack, FILE_ATTACKS.edit

# Files that are something else.


@attack("no HDF5 signature")
def a_text_file(path: Path) -> None:
    path.write_text("weights: 1 2 3\n")


@attack("is empty")
def an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


@attack("no HDF5 signature")
def a_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": [1, 2, 3]}))


@attack("no HDF5 signature")
def a_file_of_torch_save(path: Path) -> None:
    torch.save(build("tiny").state_dict(), path)


@attack("another program")
def an_h5_file_of_another_program(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["dense/kernel"] = np.ones((2, 2), np.float32)


@attack("name a checkpoint file that digitrec has written")
def an_h5_file_with_deeper_groups(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["model_weights/dense/kernel"] = np.ones((2, 2), np.float32)


@attack("another program")
def an_h5_file_with_nothing_in_it(path: Path) -> None:
    h5py.File(path, "w").close()


@attack("is a folder")
def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@attack("does not exist")
def a_missing_file(path: Path) -> None:
    path.unlink()


@attack("precedes its HDF5 data")
def a_script_in_front(path: Path) -> None:
    other = path.with_name("other.h5")
    with h5py.File(path) as file, h5py.File(other, "w", userblock_size=512) as copy:
        for name in file:
            file.copy(name, copy)
        for name, value in file.attrs.items():
            copy.attrs[name] = value
    script = b"#!/bin/sh\necho hello\n"
    path.write_bytes(script + other.read_bytes()[len(script) :])
    assert h5py.is_hdf5(path)


# What HDF5 can do and a weights file does not.


@edit("is a link to elsewhere")
def a_soft_link(file: h5py.File) -> None:
    file.move(LAST, "check/elsewhere")
    file[LAST] = h5py.SoftLink("/check/elsewhere")


@edit("is a link to elsewhere")
def a_soft_link_in_a_circle(file: h5py.File) -> None:
    file["weights/again"] = h5py.SoftLink("/weights/again")


@attack("may lead elsewhere")
def an_external_link(path: Path) -> None:
    other = path.with_name("other.h5")
    other.write_bytes(path.read_bytes())
    with h5py.File(path, "r+") as file:
        del file["weights"]
        file["weights"] = h5py.ExternalLink(other.name, "/weights")


@attack("not stored as one plain block")
def storage_in_another_file(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        content = file[LAST][()]
        secret = path.with_name("secret")
        secret.write_bytes(content.tobytes())
        external = [(str(secret), 0, content.nbytes)]
        replace(file, LAST, shape=content.shape, dtype="<f4", external=external)


@attack("not stored as one plain block")
def a_virtual_data_set(path: Path) -> None:
    other = path.with_name("other.h5")
    other.write_bytes(path.read_bytes())
    with h5py.File(path, "r+") as file:
        layout = h5py.VirtualLayout(file[LAST].shape, "<f4")
        layout[:] = h5py.VirtualSource(str(other), LAST, file[LAST].shape)
        del file[LAST]
        file.create_virtual_dataset(LAST, layout)


@edit("not stored as one plain block")
def a_chunked_data_set(file: h5py.File) -> None:
    replace(file, FIRST, chunks=True)


@edit("not stored as one plain block")
def a_compressed_data_set(file: h5py.File) -> None:
    replace(file, FIRST, compression="gzip")


@edit("not all there")
def a_huge_array_that_is_only_declared(file: h5py.File) -> None:
    replace(file, LAST, shape=(2**40,), dtype="<f4")


@edit("not all there")
def an_array_without_content(file: h5py.File) -> None:
    replace(file, LAST, data=h5py.Empty("f4"))


@edit("overlap")
def one_array_under_many_names(file: h5py.File) -> None:
    for i in range(100):
        file[f"weights/copy{i}"] = file["check/input"]


@edit("'weights/again' is not an array")
def a_group_in_itself(file: h5py.File) -> None:
    file["weights/again"] = file["weights"]


@edit("group 'again' has attributes")
def the_root_in_itself(file: h5py.File) -> None:
    file["again"] = file["/"]


@edit("not a plain text or number")
def a_reference(file: h5py.File) -> None:
    file.attrs["of"] = file["weights"].ref


@edit("does not have plain numbers")
def texts_of_variable_length(file: h5py.File) -> None:
    file.create_dataset("names", data=["a", "b"], dtype=h5py.string_dtype())


@edit("does not have plain numbers")
def numbers_of_several_parts(file: h5py.File) -> None:
    replace(file, LAST, data=np.zeros(10, [("a", "<f4"), ("b", "<i4")]))


@edit("does not have plain numbers")
def complex_numbers(file: h5py.File) -> None:
    replace(file, LAST, data=np.zeros(10, np.complex64))


@edit("does not have plain numbers")
def opaque_bytes(file: h5py.File) -> None:
    replace(file, LAST, data=np.zeros(10, "V4"))


@edit("'kind' is not an array")
def a_committed_type(file: h5py.File) -> None:
    file["kind"] = np.dtype("<f4")


@edit("group 'weights' has attributes")
def an_attribute_of_a_group(file: h5py.File) -> None:
    file["weights"].attrs["class"] = 1


@edit("has attributes")
def an_attribute_of_an_array(file: h5py.File) -> None:
    file[LAST].attrs["class"] = 1


@edit("not a plain text or number")
def an_attribute_with_several_values(file: h5py.File) -> None:
    file.attrs["temperature"] = [1.0, 2.0]


@edit("not UTF-8")
def an_attribute_that_is_no_utf8(file: h5py.File) -> None:
    file.attrs["model"] = np.bytes_(b"tin\xff")
