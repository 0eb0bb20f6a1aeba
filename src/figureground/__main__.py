"""`python -m figureground`: the command line."""

from figureground.cli.app import main

main()
