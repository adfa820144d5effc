"""C headers that exist become schemas: headers -> facts per ABI (libclang) -> one schema.

`clang` finds the parser and what it needs, `scan` reads what a preprocessor forgets (names of macros,
comments), `probe` asks clang for values and codes, `records` reads its records, `facts` is what comes of
it per ABI, `merge` makes one of several, and `lift` writes the schema.
"""
