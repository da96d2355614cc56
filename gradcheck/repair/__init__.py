"""The search for a one-place edit of the user's backward that passes every check."""
