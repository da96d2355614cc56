"""Makes docs/figures/gradcheck.png: the report page of two classical bugs, seen in a headless Chromium.

Run: python tools/make_gradcheck.py [--html FILE]; without Chromium only the page is written.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from gradcheck import selftest
from gradcheck.report.html import write

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests" / "gradcheck" / "planted"
SHOWN = (("affine", "affine_db_mean"), ("losses", "softmax_no_minus_one"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> None:
    """Write the page, then the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html", type=Path, help="keep the page here")
    args = parser.parse_args()
    page = args.html or Path(tempfile.mkdtemp()) / "gradcheck.html"
    cases = {(f, c["name"]): c for f in {f for f, _ in SHOWN} for c in selftest.load(PLANTED / f"{f}.py")}
    write([selftest.check_case(cases[key]) for key in SHOWN], page)
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print(f"no Chromium found; the page is {page}")
        return
    picture = ROOT / "docs" / "figures" / "gradcheck.png"
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={picture}",
         "--window-size=1120,1900", page.resolve().as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    print(picture)


if __name__ == "__main__":
    main()
