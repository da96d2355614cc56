"""What is said where an object or its arguments cannot be drawn: the words, and the one line to write."""


class UndrawnError(TypeError):
    """Something that a check needs cannot be drawn from names; the message ends in the line that gives it."""

    def __init__(self, name: str, what: str, example: str):
        self.line = f"def {name}_inputs(rng, n): return {example}"
        super().__init__(f"{what}: write in that file\n    {self.line}")


class ElsewhereError(UndrawnError):
    """A layer with labels whose backward uses no dout is the end of a net, and its loss stands elsewhere."""

    def __init__(self, name: str):
        told = "backward does not use what comes in, and the loss of which it is the gradient is not in the class"
        TypeError.__init__(self, f"{name}: {told}. Check the class that computes that loss")
        self.line = ""
