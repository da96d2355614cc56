"""`python -m layergraph ...` is the command `layergraph ...`, where its folder of scripts is not on the path."""

import importlib
import sys

if __name__ == "__main__":
    sys.exit(importlib.import_module("cli.main").main())
