"""The report of a sweep: one HTML page that needs no network, with tables, plots, protocol and commands."""

from .page import write_report as write_report
