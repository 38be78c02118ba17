"""Bad input over raw sockets: what a broker says to it, and that nothing comes of it."""
