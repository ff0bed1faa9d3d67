"""`python -m wesretain`, the same as `wesretain`."""

from wesretain.cli import main

main()
