"""Names what is wrong: each file of this folder knows one family of faults, `diagnose.py` the order of asking."""
