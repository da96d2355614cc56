"""The numeric derivative with its error bound, and the judgement of every element by it."""
