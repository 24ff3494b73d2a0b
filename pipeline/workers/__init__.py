"""The children that read dumps: their parent, the wire to them, and both of its ends."""
