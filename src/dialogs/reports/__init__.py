"""Data in, text out."""
