"""Sources of docs/errata.md: the errors as code, the checks of them, and the words in two languages."""
