"""`python -I -m pipeline`: the command line, as the service runs it."""

from pipeline.cli.main import main

main()
