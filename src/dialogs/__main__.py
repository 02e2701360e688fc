"""Lets `python -m dialogs` run the command."""

from dialogs.cli import main

main()
