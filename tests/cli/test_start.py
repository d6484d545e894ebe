from __future__ import annotations

import os
import re
import subprocess
import sys

from chainrule.cli.app import COMMANDS

from .conftest import Cli


def test_without_a_command_it_says_where_to_begin(cli: Cli) -> None:
    said = cli()
    assert (said.code, said.err) == (0, "")
    commands = re.findall(r"^  chainrule (\S+)", said.out, re.MULTILINE)
    assert 3 <= len(commands) <= 5
    assert set(commands) <= {name for _, name, *_ in COMMANDS} | {"--help"}
    assert max(map(len, said.out.splitlines())) <= 80


def test_it_takes_nothing_heavy() -> None:
    code = (
        "import sys\nfrom chainrule.cli import main\nassert main([]) == 0\n"
        "assert not {'numpy', 'numba', 'msgspec'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=os.environ)
