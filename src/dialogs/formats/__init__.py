"""Other formats: each module reads or writes one; records in, scenarios, replies and losses out, without I/O."""
