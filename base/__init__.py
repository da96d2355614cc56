"""What every package needs and none owns: atomic files, the words of errors, the environment of a result, `Array`.

It imports NumPy alone, and nothing of ours.
"""
