"""Where the runs of a sweep are kept: the folder's store, its logs (a line a run), and the older files (one a run)."""
