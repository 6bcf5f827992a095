"""Who overrode whom: found from captured trees, never from anybody's claims."""
