"""Test support that knows nothing of kgen: compilers, Wine, Windows CPython, and the shim that stands in for what Wine lacks."""
