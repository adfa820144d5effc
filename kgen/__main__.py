"""`python -m kgen`, the same program as the `kgen` command."""

import sys

from kgen.cli import main

if __name__ == "__main__":
    sys.exit(main())
