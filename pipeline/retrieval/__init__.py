"""Getting archived dumps back: find, download, check, unpack."""
