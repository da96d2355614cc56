"""`layergraph gradcheck FILE.py --watch`: what is seen as a save, and what it returns."""

from cli.gradcheck_file import watch


def test_watch_checks_again_when_a_file_is_saved(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n", encoding="utf-8")
    codes, steps = iter([1, 0]), iter(["nothing", "save", "stop"])

    def sleep(seconds):
        step = next(steps)
        if step == "save":
            path.write_text("x = 1  # saved\n", encoding="utf-8")
        elif step == "stop":
            raise KeyboardInterrupt

    assert watch(lambda: next(codes), [str(path)], sleep) == 0


def test_watch_sees_what_is_saved_during_the_first_check_and_notebooks_below_a_folder(tmp_path):
    (tmp_path / "week").mkdir()
    file, below = tmp_path / "mine.py", tmp_path / "week" / "homework.ipynb"
    runs = []

    def check():
        runs.append(len(runs))
        if len(runs) < 3:
            (file, below)[len(runs) - 1].write_text("# saved\n", encoding="utf-8")
        return len(runs)

    left = iter(range(4))

    def sleep(seconds):
        if next(left, None) is None:
            raise KeyboardInterrupt

    assert watch(check, [str(tmp_path)], sleep) == 3
