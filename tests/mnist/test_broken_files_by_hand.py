"""Files that break off in the middle, that are blank, or that hold what nobody reads: each error, and what it says."""

import io
import re
import zipfile

import numpy as np
import pytest

import mnist
from mnist.npz import read_npz
from mnist.own import csv_file, family, fetching as of_family, loading
from mnist.own.material import Material
from mnist.own.pictures import Form
from mnist.pickled.machine import Machine
from mnist.pickled.numpy_names import KNOWN
from mnist.pickled.opcodes import run
from mnist.stream import ByteStream

NOTHING_RUN = "Only tuples of plain arrays are read; nothing of the pickle was executed."


def test_a_block_of_deflate_that_there_is_not(tmp_path):
    """Its first byte says: the last block, of the third kind, and there are two."""
    out = io.BytesIO()
    np.savez_compressed(out, a=np.zeros(100))
    whole = bytearray(out.getvalue())
    with zipfile.ZipFile(out) as archive:
        info = archive.infolist()[0]
    names = int.from_bytes(whole[26:28], "little") + int.from_bytes(whole[28:30], "little")
    whole[info.header_offset + 30 + names] = 0b111
    (tmp_path / "a.npz").write_bytes(whole)
    with pytest.raises(mnist.DataError, match=r"^a\.npz cannot be read: .*invalid block type\. Fetch it again\.$"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize(("length", "fits"), [(131_000, True), (131_073, False)])
def test_a_cell_without_end_is_an_error_with_its_line(tmp_path, length, fits):
    path = tmp_path / "a.csv"
    path.write_text(f"name,y\n{'x' * length},1\nb,0\n")
    if fits:
        assert len(csv_file.read_csv(path)) == 2
    else:
        with pytest.raises(mnist.DataError, match=r"a\.csv, line 2: field larger than field limit \(131072\)\.$"):
            csv_file.read_csv(path)


def test_rows_of_delimiters_alone_are_none(tmp_path):
    (tmp_path / "a.csv").write_text(",,\n,,\n")
    with pytest.raises(mnist.DataError, match=r"a\.csv has one column alone"):
        csv_file.read_csv(tmp_path / "a.csv")


def opened(tmp_path, data):
    (tmp_path / "one.pkl").write_bytes(data)
    return ByteStream(tmp_path / "one.pkl")


def test_what_a_pickle_would_make_an_object_of_is_named(tmp_path):
    with opened(tmp_path, b"(ios\nsystem\n.") as stream, pytest.raises(mnist.DataError) as caught:
        run(stream, KNOWN)
    assert str(caught.value) == f"one.pkl makes an object of 'os.system' (opcode INST). {NOTHING_RUN}"


def test_a_state_of_the_wrong_form_is_refused_with_its_reason(tmp_path):
    class Picky:
        def set_state(self, state):
            if state != 3:
                raise ValueError("it is no three")
            self.state = state

    taken = Picky()
    with opened(tmp_path, b".") as stream:
        machine = Machine(stream, KNOWN)
        machine.build(taken, 3)
        assert taken.state == 3
        with pytest.raises(mnist.DataError) as caught:
            machine.build(taken, 4)
    assert str(caught.value) == f"one.pkl sets a state of the wrong form (it is no three). {NOTHING_RUN}"


@pytest.mark.parametrize(("error", "reason"), [(OSError(5, "Input/output error"), "Input/output error"),
                                               (OSError("odd"), "odd")])  # fmt: skip
def test_a_disk_that_fails_in_the_middle_is_named(tmp_path, error, reason):
    class Failing(io.BytesIO):
        def read(self, count=-1):
            raise error

    with opened(tmp_path, b"abc") as stream:
        stream._file.close()
        stream._file = Failing()
        with pytest.raises(mnist.DataError, match=rf"^one\.pkl cannot be read: {reason}\.$"):
            stream.read(1)


def zipped(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


def test_the_files_of_a_set_are_unpacked_from_any_folder_and_others_left(tmp_path):
    name, stem = "emnist-digits", "emnist-digits-train-images-idx3-ubyte"
    archive = zipped(tmp_path / "a.zip", f"gzip/{stem}.gz", f"b/c/{stem}", "other.gz", f"my-{stem}")
    (tmp_path / "to").mkdir()
    assert of_family._unpack(name, archive, tmp_path / "to", False) is True
    assert {path.name: path.read_text() for path in (tmp_path / "to").iterdir()} == {
        f"{stem}.gz": f"gzip/{stem}.gz", stem: f"b/c/{stem}",
    }  # fmt: skip
    with pytest.raises(mnist.DataError, match=r"^a\.zip has md5 [0-9a-f]{32}, expected 58c8d2[0-9a-f]*\. Fetch it"):
        of_family._unpack(name, archive, tmp_path / "to", True)
    assert of_family._unpack("kmnist", archive, tmp_path / "to", True) is False  # no archive is published
    archive.write_bytes(archive.read_bytes()[:60])
    with pytest.raises(mnist.DataError, match=r"^a\.zip has md5 .*, expected .*: it is cut short\. Fetch it again, or"):
        of_family.check_archive(name, archive)
    with pytest.raises(mnist.DataError, match=r"^a\.zip is damaged or cut short: File is not a zip file\. Fetch it"):
        of_family._unpack(name, archive, tmp_path / "to", False)
    with pytest.raises(mnist.DataError, match=rf"^there is no {re.escape(str(tmp_path / 'no'))}\.$"):
        of_family._install(name, tmp_path / "no", tmp_path / "to", True, lambda _: None)


def test_data_to_compare_with_are_a_set_by_its_name_or_what_is_at_a_path(tmp_path, monkeypatch):
    asked = Material("kmnist", "idx", {})
    monkeypatch.setattr(family, "read_family", lambda name, verify: (name, verify, asked))
    assert loading.material_of("kmnist", None, False) == ("kmnist", False, asked)
    np.savez(tmp_path / "a.npz", X=np.zeros((3, 2)), y=np.arange(3))
    for form in (None, Form("L", (2, 2)), Form("drawn", (2, 2))):  # there are no pictures
        assert loading.material_of(str(tmp_path / "a.npz"), "y", True, form).pairs["train"].y.tolist() == [0, 1, 2]
    assert loading.read(tmp_path / "a.npz", None, (), Form("L", (2, 2))).kind == "npz"
    with pytest.raises(ValueError, match=r"^prepare goes with a folder of pictures a class; .*a\.npz is none\.$"):
        loading.read(tmp_path / "a.npz", None, (), Form("drawn", (2, 2)))
