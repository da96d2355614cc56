"""The function under test and its arguments: one interface for every kind, and the inputs on which it is probed."""
