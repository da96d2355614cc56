"""What a sweep will do, before anything runs: problems, search spaces, tasks with their seeds, the manifest."""
