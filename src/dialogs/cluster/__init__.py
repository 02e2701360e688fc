"""Runs over many machines: parts of a run as tasks of a cluster, on storage that all of them see."""
