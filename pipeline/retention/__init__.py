"""What may be removed, and removing it: the journal tells, a retention stage decides."""
