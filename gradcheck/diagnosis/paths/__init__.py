"""Faults told by the forward's own source: a path of the chain rule that is lost, a local derivative that is wrong."""
