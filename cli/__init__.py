"""The `layergraph` command: one file per subcommand, and the wiring of all other packages."""
