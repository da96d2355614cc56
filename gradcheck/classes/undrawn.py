"""What is said where an object or its arguments cannot be drawn: the words, and the one line to write."""


class UndrawnError(TypeError):
    """Something that a check needs cannot be drawn from names; the message ends in the line that gives it."""

    def __init__(self, name: str, what: str, example: str):
        self.line = f"def {name}_inputs(rng, n): return {example}"
        super().__init__(f"{what}: write in that file\n    {self.line}")
