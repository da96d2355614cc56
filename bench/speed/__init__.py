"""The speed of a training step: this project's, plain NumPy's and other libraries', as multiples of its five products.

`rounds.measure` runs the contenders in turns, `table` and `plot` show the ratios; nothing here judges absolute times.
"""
