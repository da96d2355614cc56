"""What our files are made of: sealed archives and JSON, TOML, the lock on a folder, and names that are no paths."""
