"""The command line as `python -m charter`."""

from charter.cli.main import main

if __name__ == "__main__":
    main()
