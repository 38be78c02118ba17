"""kill -9 under load, again and again: what was acknowledged is there, once, in order and unchanged."""
