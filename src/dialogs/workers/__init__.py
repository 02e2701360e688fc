"""Processes of this machine that play the parts of one run."""
