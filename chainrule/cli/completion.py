"""chainrule completion"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError, did_you_mean
from . import choices

SHELLS = ("bash", "zsh", "fish")

BASH = """
# Bash ends a word at "=": for --set TABLE.SETTING=VALUE the parts are joined again, and what
# stands before the last "=" is taken from the answers. Folders and settings are to be gone on with.
_chainrule_whole() {
  local -a whole=()
  local word last goes_on=
  for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    last=
    ((${#whole[@]})) && last=${whole[${#whole[@]}-1]}
    if [[ $word == "=" && -n $last && $last != -* ]]; then
      whole[${#whole[@]}-1]+==
      goes_on=1
    elif [[ -n $goes_on && $word != -* ]]; then
      whole[${#whole[@]}-1]+=$word
      goes_on=
    else
      whole+=("$word")
      goes_on=
    fi
  done
  local -a COMP_WORDS=("${whole[@]}")
  local COMP_CWORD=$((${#whole[@]} - 1))
  _chainrule
  last=${whole[COMP_CWORD]}
  if [[ $last == *?=* && $last != -* && $COMP_WORDBREAKS == *=* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${last%=*}="}")
  fi
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -o bashdefault -o default -F _chainrule_whole chainrule
"""
ZSH_ADDS = "compadd -d _cyc_disp -a _cyc_vals"
ZSH_GOES_ON = """{
      # Folders and settings are to be gone on with: no space after them.
      local -a _cyc_open=(${(M)_cyc_vals:#${(b)PREFIX}*[=/]})
      local -a _cyc_opts=()
      (( ${#_cyc_open} )) && _cyc_opts=(-S '')
      compadd "${_cyc_opts[@]}" -d _cyc_disp -a _cyc_vals
    }"""
ZSH = """
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _cyclopts_chainrule "$@"
else
  compdef _cyclopts_chainrule chainrule
fi
"""


def completion(
    shell: Annotated[
        str | None,
        Parameter(
            name="SHELL",
            help="bash, zsh or fish; else the one in $SHELL.",
            completer=choices.words(lambda: SHELLS),
        ),
    ] = None,
    /,
) -> None:
    """Print what makes a shell complete commands, options, runs, models, data sets and settings.

    Put it where your shell looks for it:

    bash: eval "$(chainrule completion bash)" in ~/.bashrc

    zsh: eval "$(chainrule completion zsh)" in ~/.zshrc, after compinit

    fish: chainrule completion fish > ~/.config/fish/completions/chainrule.fish
    """
    from .app import app

    word = shell if shell is not None else Path(os.environ.get("SHELL", "")).name
    if word == "bash":
        script = app.generate_completion(shell="bash") + BASH
    elif word == "zsh":
        script = app.generate_completion(shell="zsh").replace(ZSH_ADDS, ZSH_GOES_ON) + ZSH
    elif word == "fish":
        script = app.generate_completion(shell="fish")
    else:
        raise InputError(f"SHELL: unknown shell {word!r}{did_you_mean(word, SHELLS)}")
    print(script, end="", flush=True)
