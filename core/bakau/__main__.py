"""``python -m bakau``: the command line, for whoever has no ``bakau`` on the path."""

from bakau.cli import main

if __name__ == "__main__":
    main()
