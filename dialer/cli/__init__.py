"""The command line. Words for people on standard error; with `--json`, one JSON document on
standard output and nothing else there. The exit status tells success."""

from dialer.cli.main import app

__all__ = ["app"]
