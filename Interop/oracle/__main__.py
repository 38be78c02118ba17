"""Lets the folder be run: `python3 Interop/oracle --recorded`."""

import sys
from pathlib import Path

# Run as a folder, Python puts the folder itself on the path; the package is found from the one above it.
_here = Path(__file__).resolve().parent
sys.path[:] = [str(_here.parent)] + [entry for entry in sys.path if Path(entry or ".").resolve() != _here]

from oracle.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
