"""`python -m evomusic.corpus`."""

import sys

from evomusic.corpus.command import main

if __name__ == "__main__":
    sys.exit(main())
