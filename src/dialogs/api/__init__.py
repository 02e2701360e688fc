"""What Python programs call: the public names of `dialogs`."""
