"""Print a script that completes digitrec's words in a shell: digitrec completion bash"""

from __future__ import annotations

from digitrec.config.command_parser import CommandParser
from digitrec.run_command import run_command

__all__ = ["main"]

BASH = r"""_digitrec() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n' word
    word="${line##*[[:space:]]}"
    COMPREPLY=($(_DIGITREC_COMPLETE="$line" digitrec 2>/dev/null))
    # Bash takes what stands after = or : as a word of its own.
    local before="${word%"${word##*[=:]}"}"
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _digitrec digitrec
"""

ZSH = r"""#compdef digitrec
_digitrec() {
    local -a found
    found=(${(f)"$(_DIGITREC_COMPLETE="$LBUFFER" digitrec 2>/dev/null)"})
    if (( $#found == 0 )); then
        [[ $PREFIX == *=* ]] && compset -P '*='
        _files
    elif [[ $found[1] == *= ]]; then
        compadd -S '' -- $found
    else
        compadd -- $found
    fi
}
compdef _digitrec digitrec
"""

FISH = r"""function __digitrec_complete
    _DIGITREC_COMPLETE=(commandline -cp) digitrec 2>/dev/null
end
complete -c digitrec -a '(__digitrec_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}

EPILOG = """\
  bash   eval "$({program} bash)"      in ~/.bashrc
  zsh    eval "$({program} zsh)"       in ~/.zshrc, after compinit
  fish   {program} fish | source       in ~/.config/fish/config.fish
"""


def main(program: str = "python -m digitrec.completion") -> int:
    """Run the command."""
    parser = CommandParser(
        program,
        "Print a script that completes commands, options, settings and choices in a shell.",
        EPILOG.format(program=program),
    )
    parser.add_argument("shell", choices=sorted(SCRIPTS), metavar="SHELL", help="bash, zsh or fish")
    print(SCRIPTS[parser.parse_args().shell], end="")
    return 0


if __name__ == "__main__":
    run_command(main)
