"""A download that broke off anywhere is told as that, for every container and each of its files."""

import pytest
from mnist_files import idx_files, npz_bytes, pack, pickle_bytes, small_parts, write_all

import mnist

PARTS = small_parts()
CONTAINERS = {
    "idx.gz": idx_files(PARTS, packed=True),
    "idx": idx_files(PARTS, packed=False),
    "npz": {"mnist.npz": npz_bytes(PARTS)},
    "stored npz": {"mnist.npz": npz_bytes(PARTS, packed=False)},
    "pkl.gz": {"mnist.pkl.gz": pack(pickle_bytes(PARTS, 4))},
    "pkl": {"mnist.pkl": pickle_bytes(PARTS, 2, python=2)},
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_wherever_it_broke_off(tmp_path, container):
    files = CONTAINERS[container]
    for name, whole in files.items():
        write_all(tmp_path, files)
        size = len(whole)
        for left in {0, 1, 2, 3, 4, 7, 9, 11, 15, 16, 17, 18, 40, 100, 500, 1000, size // 2, size - 8, size - 1}:
            if left < size:
                (tmp_path / name).write_bytes(whole[:left])
                with pytest.raises(mnist.DataError, match="cut short") as caught:
                    mnist.load(tmp_path, verify=False)
                assert name in str(caught.value)


def test_a_header_that_lies_in_a_whole_gzip_file_is_no_cut(tmp_path):
    write_all(tmp_path, CONTAINERS["idx.gz"])
    lie = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (60000, 28, 28)) + bytes(100)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(pack(lie))
    with pytest.raises(mnist.DataError, match="a wrong header") as caught:
        mnist.load(tmp_path)
    assert "cut short" not in str(caught.value)
