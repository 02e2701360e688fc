"""Requests asked in batches: files handed to a provider, answered in hours at half the price."""
