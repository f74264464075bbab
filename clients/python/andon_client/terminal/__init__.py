"""Reviewing in a terminal: `andon review`. Needs the extra `andon-client[review]`."""
