"""Reading `mnist.pkl.gz` without executing it: no import, no attribute, no call of anything that the file names.

Read in this order. `opcodes`: the loop, and what each opcode of a tuple of arrays does; the rest is refused by name.
`payloads`: the opcodes that carry bytes and text, counted against one budget. `machine`: stack, memo and the table of
names that they work on. `numpy_names`: what the seven known names stand for, functions of ours that check every
argument. `mnist_pickle`: from the tuple that comes out to MNIST's parts.
"""
