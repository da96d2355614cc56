"""What a run depends on: fresh processes agree, imports stay light, the environment record holds no private facts."""


def test_fresh_processes_agree_whatever_their_hash_seed():
    import os
    import subprocess
    import sys

    code = (
        "import sys; sys.path.insert(0, 'tests/campaigns')\n"
        "from exact_resume import Solver, digest, problem\n"
        "model, data = problem('float32')\n"
        "print(digest(Solver(model, data, update_rule='adam', batch_size=15, verbose=False).train()))"
    )
    answers = set()
    for seed in ("0", "1", "12345"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=_root(),
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        answers.add(done.stdout)
    assert len(answers) == 1


def test_importing_the_solver_loads_numpy_alone():
    import subprocess
    import sys

    unwanted = ("scipy", "matplotlib", "tqdm", "threadpoolctl", "layers", "models")
    code = f"import sys, solver; print([name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_root())
    assert done.stdout.strip() == "[]"


def _root():
    from pathlib import Path

    return Path(__file__).parents[2]


def test_environment_is_names_and_versions():
    import getpass
    import json
    import platform

    import solver as package

    record = package.environment()
    assert set(record) == {"python", "numpy", "scipy", "blas", "blas_version", "blas_kernel", "cpu", "threads"}
    text = json.dumps(record)
    assert platform.node() not in text
    assert f'"{getpass.getuser()}"' not in text
    assert "/" not in text.replace("w/", "")
