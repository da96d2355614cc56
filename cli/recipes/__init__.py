"""`layergraph recipes ...`: reproducible runs, the files of their results, and the page made from them."""

from .command import add_parser as add_parser
