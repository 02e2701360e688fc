"""Files to types: scenarios and configuration, every fault with its place."""
