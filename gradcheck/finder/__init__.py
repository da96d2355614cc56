"""Finds in a file what can be checked: pairs, losses, classes."""
