"""What a run shows and leaves behind while it goes on: history, printed lines, stopping, callbacks."""
