"""Groups of members of five clients, rolled and restarted, and what each member read and committed."""
