"""`python -I -m pipeline`: the command, run by exactly this interpreter, isolated."""

from pipeline.cli.main import main

main()
