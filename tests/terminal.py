"""What a table looks like in a terminal."""

from io import StringIO

from rich.console import Console


def printed(table, width=80):
    console = Console(file=StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()
