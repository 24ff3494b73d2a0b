"""What only Linux has: systemd, and accounts for services."""
