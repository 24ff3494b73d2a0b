"""Installing the service, upgrading it, and taking it away, on either platform."""
