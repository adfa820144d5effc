"""Suites of behaviour that run where the client runs: Windows CPython, a Linux guest, a simulator's process.

No pytest in them and nothing of kgen: the standard library, cffi and the generated client.
"""
