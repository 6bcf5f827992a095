"""`agentcli` and `python -m agentcli`."""

import sys


def main() -> None:
    """Run the command line and exit with its documented code."""
    from agentcli.cli.main import run_cli

    sys.exit(run_cli(sys.argv[1:]))


if __name__ == "__main__":
    main()
