"""Dialogues asked in more than one arm: on the baseline's history beside their own, and again on the same one."""
