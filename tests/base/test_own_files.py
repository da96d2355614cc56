"""A sample of the campaign that damages the files that we write."""

from random import Random

import pytest

from tests.campaigns.fuzz_own_files import attack, kinds


@pytest.mark.parametrize("kind", ["checkpoint", "model", "manifest", "result lines"])
def test_a_damaged_file_is_refused_by_its_name(kind, tmp_path):
    path, read = kinds(tmp_path)[kind]
    assert attack(path, read, 150, Random(kind)) == {"refused": 150}
