"""The compiled engine: a graph's training step written out as one plain Python function, which Numba compiles whole.

`groups` sorts the nodes; `forwards`, `losses`, `backwards` and `updates` write their loops, `step` the function around
them. `scalars` takes over the definitions for one number, `helpers` and `products` are functions that the step calls,
`cache` keeps the file and loads it, `program` is what a Solver runs.
"""
