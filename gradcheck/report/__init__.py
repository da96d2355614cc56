"""What a check found, and its renderings: text, JSON, HTML."""
