"""`python -m evomusic` is the command `evomusic`."""

from evomusic.cli import main

if __name__ == "__main__":
    main()
