"""Run as a child process: reads every hostile pickle under an audit hook that records anything beyond opening the file.

Prints JSON: how many were read, refused as they must be, the violations, and by how much the peak memory grew.
"""

import json
import sys
import time
from pathlib import Path

from hostile_pickles import all_cases, benign
from peak_memory import peak_mib

from mnist import DataError, read_pickle


def main(folder: Path) -> dict:
    path, cases = folder / "hostile.pkl", all_cases()
    (folder / "good.pkl").write_bytes(benign())
    read_pickle(folder / "good.pkl")
    events, armed = [], False

    def hook(event, args):
        reading = event == "open" and args[0] == str(path) and args[1] in ("rb", "r")
        if armed and not reading and not event.startswith("object.__getattr__"):
            events.append(f"{event} {args!r:.100}")
            raise PermissionError(event)

    sys.addaudithook(hook)
    before, problems, slowest = peak_mib(), [], 0.0
    for label, data, needle in cases:
        path.write_bytes(data)
        start, armed = time.perf_counter(), True
        try:
            read_pickle(path)
            problem = "was read"
        except DataError as error:
            text = str(error)
            named = needle in text and "hostile.pkl" in text and len(text) < 600
            problem = "" if named else f"refused with {text:.300}"
        except BaseException as error:
            problem = f"raised {error!r:.300}"
        armed = False
        slowest = max(slowest, time.perf_counter() - start)
        problems += [f"{label}: {problem}"] if problem else []
    grown = peak_mib() - before
    return {"cases": len(cases), "problems": problems, "events": events, "grown_mib": grown, "slowest": slowest}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
