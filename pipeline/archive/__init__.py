"""What the archive looks like, wherever it is: keys and manifests. No I/O."""
