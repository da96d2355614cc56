"""`layergraph demo`: a local page on which one draws, and sees what a trained net makes of it."""

from .command import add_parser as add_parser
