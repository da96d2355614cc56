"""What enters from outside, checked once: the arguments, the data, and what the functions of the user return."""
