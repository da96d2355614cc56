"""MNIST's own files at the edges of what is read, fetched and told of them."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mnist_files import small_parts, sums

import mnist
from mnist import checksums, fetching, npz, report
from mnist.distortions import Distortion
from mnist.locate import Source
from mnist.pickled.machine import Machine
from mnist.pickled.numpy_names import KNOWN
from mnist.pickled.opcodes import HANDLERS
from mnist.stream import ByteStream


def says(call, *arguments, **keywords):
    with pytest.raises(mnist.DataError) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


@pytest.mark.parametrize(("more", "possible"), [(0, True), (1, False)])
def test_deflate_expands_by_1032_and_a_member_may_have_64_bytes_more(tmp_path, more, possible):
    """Of 3 bytes that are packed: the header of such a member is read, or it is refused before."""
    path = tmp_path / "a.npz"
    path.write_bytes(bytes(100))
    size = 3 * 1032 + 64 + more
    info = SimpleNamespace(filename="x.npy", flag_bits=0, compress_type=8, compress_size=3, file_size=size)
    archive = SimpleNamespace(open=lambda info: io.BytesIO(b"no array"))
    wanted = "is no .npy array" if possible else f"claims {size:,} bytes packed in 3: impossible."
    assert wanted in says(npz._read_member, archive, info, path, False)


@pytest.mark.parametrize("packed", [101, 5000])
def test_a_member_is_no_longer_than_its_archive(tmp_path, packed):
    path = tmp_path / "a.npz"
    path.write_bytes(bytes(100))
    info = SimpleNamespace(filename="x.npy", flag_bits=0, compress_type=8, compress_size=packed, file_size=80)
    assert f"claims 80 bytes packed in {packed:,}: impossible." in says(npz._read_member, None, info, path, False)


@pytest.mark.parametrize(("name", "head", "kind"), [
    ("a.npz", b"PK\3\4", "npz"), ("a.npz", b"anything", "npz"), ("a.npz", b"\0\0\x08\1", "idx"),
    ("a.pkl", b"PK\3\4", "npz"), ("a.dat", b"PK\3\4", "npz"), ("a.dat", b"\0\0\x08\1", "idx"),
    ("a.dat", b"\x1f\x8b", "idx"), ("a.pkl", b"\0\0", "pickle"), ("t-idx1-ubyte", b"odd", "idx"),
])  # fmt: skip
def test_what_a_file_is_by_its_first_bytes_and_its_name(tmp_path, name, head, kind):
    (tmp_path / name).write_bytes(head)
    assert report._kind(tmp_path / name) == kind


def test_why_a_file_cannot_be_read(tmp_path, monkeypatch):
    assert says(report._kind, tmp_path) == f"cannot read {tmp_path}: Is a directory."

    def odd(self, mode):
        raise OSError("odd")

    monkeypatch.setattr(Path, "open", odd)
    assert says(report._kind, tmp_path / "a") == f"cannot read {tmp_path / 'a'}: odd."


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(10000, np.uint8), "a-idx1-ubyte: these are the t10k images where the t10k labels are expected."),
        (np.ones(10000, np.uint8), "a-idx1-ubyte: decoded t10k labels have sha256 "),
        (np.full(10000, 10, np.uint8), "a-idx1-ubyte: t10k labels must be 0..9; number 0 is 10."),
        (np.zeros(10000, np.int16), "a-idx1-ubyte: t10k labels have shape (10000,) and type int16; expected (N,)"),
    ],
)
def test_a_part_that_is_another_or_none_is_said_so(tmp_path, monkeypatch, array, message):
    """The sum of zeros passes for that of the test images."""
    known = dict.fromkeys(checksums.MNIST, "-") | {"t10k images": checksums.idx_sha256(np.zeros(10000, np.uint8))}
    monkeypatch.setattr(report, "MNIST", known)
    monkeypatch.setattr(report, "wrong_sum", lambda *told: checksums.wrong_sum(*told, expected=known))
    monkeypatch.setattr(report, "read_idx", lambda path: array)
    assert says(report._verified_part, tmp_path / "a-idx1-ubyte").startswith(message)


@pytest.mark.parametrize("names", [("some.npz",), ("a", "b", "c", "d")])
def test_of_one_container_the_name_is_told_and_of_four_files_that_they_are_wrong(tmp_path, monkeypatch, names):
    """Where it is brought from: the file, not its folder."""
    parts = small_parts()
    kind = "npz" if len(names) == 1 else "idx"
    for name in names:
        (tmp_path / name).write_bytes(b"1")
    monkeypatch.setattr(fetching, "look", lambda stage: Source(kind, tuple(tmp_path / name for name in names)))
    monkeypatch.setattr(fetching, "read_source", lambda source: parts)
    where = "some.npz" if kind == "npz" else "the files"
    assert says(fetching._install, tmp_path, tmp_path / "to", True, str).startswith(f"{where}: decoded train images")
    (tmp_path / "to").mkdir()
    lines = []
    fetching._install(tmp_path, tmp_path / "to", False, lines.append)
    count = "1 file" if kind == "npz" else "4 files"
    assert lines == [f"{count} in {tmp_path / 'to'}, not verified"]
    assert sums(parts)["train images"] != checksums.MNIST["train images"]


def test_a_bar_counts_bytes_in_thousands(monkeypatch):
    asked = []
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=lambda **settings: asked.append(settings)))
    fetching._bar()
    assert {name: asked[0][name] for name in ("unit", "unit_scale", "dynamic_ncols")} == {
        "unit": "B", "unit_scale": True, "dynamic_ncols": True,
    }  # fmt: skip


@pytest.mark.parametrize(("code", "told"), [("o", "uses the opcode OBJ"), ("\x8f", "uses the opcode EMPTY_SET"),
                                            ("\x99", "holds the byte 0x99, which is no pickle opcode")])  # fmt: skip
def test_what_is_no_opcode_of_an_array_is_named(code, told):
    said = []
    HANDLERS[ord(code)](SimpleNamespace(refuse=said.append))
    assert said == [told]


@pytest.mark.parametrize(("digits", "told"), [(20, None), (21, "' where an integer is due"), (23, "' where an integer"),
                                              (24, "a line of more than 24 bytes")])  # fmt: skip
@pytest.mark.parametrize("code", ["I", "L", "p", "g"])
def test_decimal_numbers_have_twenty_digits_and_lines_of_them_24_bytes(tmp_path, code, digits, told):
    (tmp_path / "a.pkl").write_bytes(f"{code}-{'1' * digits}\n".encode())
    with ByteStream(tmp_path / "a.pkl") as stream:
        machine = Machine(stream, KNOWN)
        machine.push("kept")
        machine.memo[-int("1" * 20)] = "kept"
        stream.read(1)
        if told:
            assert told in says(HANDLERS[ord(code)], machine)
        else:
            HANDLERS[ord(code)](machine)
            assert machine.stack[1:] == {"p": [], "g": ["kept"]}.get(code, [-int("1" * 20)])


def test_a_distortion_is_not_changed_once_it_is_made():
    """Its shapes are worked out once."""
    one = Distortion(elastic=1.0)
    with pytest.raises(AttributeError, match="cannot assign to field 'elastic'"):
        one.elastic = 2.0
    with pytest.raises(ValueError, match="shift is True; expected a number 0 or more"):
        Distortion(shift=True)


def test_the_draws_of_a_seed_are_six_uniform_numbers_an_image_and_then_the_elastic_fields():
    """Recorded runs rest on their order."""
    one = Distortion((4, 5), elastic=1.5, sigma=2.0)
    count = len(one._shapes) - 3
    rng = np.random.default_rng(3)
    rng.uniform(-1, 1, (6, 2))
    wanted = np.float32(1.5) * rng.standard_normal((2, 2, count), np.float32)
    np.testing.assert_array_equal(one._draw(np.random.default_rng(3), 2)[:, :count], wanted.reshape(4, count))


def test_the_blocks_of_a_step_have_numbers_from_a_million_steps_on():
    """2^20 blocks of 128 images a step; without one it is the first."""
    one, images = Distortion((3, 4), shift=1.0), np.random.default_rng(0).random((130, 3, 4))
    out = one(images, seed=5, step=2)
    for block, part in ((0, slice(0, 128)), (1, slice(128, 130))):
        fields = one.fields(5, 2 * 2**20 + block, part.stop - part.start)
        np.testing.assert_array_equal(out[part], fields.apply(images[part]))
    np.testing.assert_array_equal(one(images, seed=5), one(images, seed=5, step=0))
    assert one(images[:1], seed=5).shape == (1, 3, 4)


def test_four_files_are_told_by_their_folder_and_one_by_its_name(tmp_path):
    assert Source("idx", tuple(tmp_path / name for name in "abcd")).place == str(tmp_path)
    assert Source("npz", (tmp_path / "a.npz",)).place == str(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\0\0\x08", "a is no idx file: it starts with '\\x00\\x00\\x08' and is cut short there. Fetch it again."),
        (b"\0\1\x08\1", "a is no idx file: it starts with '\\x00\\x01\\x08\\x01'."),
        (b"\0\0\x08\1", "a is cut short or damaged: 4 more bytes are due where it can hold at most 0. Fetch it again."),
    ],
)
def test_what_is_too_short_for_an_idx_file(tmp_path, data, told):
    (tmp_path / "a").write_bytes(data)
    assert says(mnist.read_idx, tmp_path / "a") == told
