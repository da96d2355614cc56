"""Normalisations: features centred and scaled, then times gamma plus beta."""
