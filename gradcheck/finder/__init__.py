"""Finds in a file what can be checked: pairs, losses, nets, classes; and draws the arguments to check it on."""
