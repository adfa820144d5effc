"""`python -m kgen`, the same program as the `kgen` command."""

from kgen.cli import main

if __name__ == "__main__":
    main()
