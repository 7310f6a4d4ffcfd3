"""The command `evomusic`, and `python -m evomusic`."""

import gc
import sys


def main() -> None:
    """Run the command line; an interrupt while it is imported ends without a traceback."""
    try:
        from evomusic.cli import main as command
    except KeyboardInterrupt:
        print("evomusic: interrupted", file=sys.stderr)
        sys.exit(130)
    try:
        command()
    finally:
        gc.freeze()  # else the end of the process looks for cycles among all that numba holds: half a second


if __name__ == "__main__":
    main()
