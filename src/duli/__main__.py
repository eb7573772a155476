"""``python -m duli`` is the command ``duli``."""

from duli.service.cli import main

main()
