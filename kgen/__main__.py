"""`python -m kgen`, the same program as the `kgen` command."""

from kgen.cli import command

if __name__ == "__main__":
    command()
