"""Shared by all tests: hypothesis runs the same examples everywhere, and the real MNIST is found or the test skips."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("ci")


def pytest_addoption(parser):
    """`make thorough`: the whole of what the default run takes a sample of."""
    parser.addoption("--thorough", action="store_true", help="whole amounts where the default run takes a sample")


def pytest_configure():
    """Ctrl-C reaches the processes that tests start."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell's background job ignores it, and all below it would
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before `-m`, which is to see the mark
def pytest_collection_modifyitems(config, items):
    """Tests marked `thorough` are left out where the whole is not asked for; else those that sample get the mark, too.

    So `--thorough -m thorough` is what `--thorough` adds to the default run, and nothing twice.
    """
    if config.getoption("--thorough"):
        for item in items:
            if "thorough" in item.fixturenames:
                item.add_marker("thorough")
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.fixture(scope="session")
def thorough(request) -> bool:
    """Whether the whole amounts are asked for."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder with the four real idx.gz files, named by LAYERGRAPH_DATA."""
    folder = os.environ.get("LAYERGRAPH_DATA")
    if not folder or not (Path(folder) / "train-images-idx3-ubyte.gz").exists():
        pytest.skip("needs the real MNIST: set LAYERGRAPH_DATA to the folder with the four idx.gz files")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _compiled_steps(tmp_path_factory):
    """Compiled steps of the tests lie in one folder for all workers, and not in the user's."""
    os.environ.setdefault("LAYERGRAPH_CACHE", str(tmp_path_factory.getbasetemp().parent / "compiled"))


def pytest_make_parametrize_id(val):
    """No memory address in a test's name: the workers of pytest-xdist must collect the same names."""
    return getattr(val, "__name__", type(val).__name__) if " at 0x" in repr(val) else None
