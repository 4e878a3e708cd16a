"""``python -m xr`` is the command ``xr``."""

import sys

from xr.cli import main

sys.exit(main())
