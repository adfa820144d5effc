"""Print the completion script of a shell.

Try it:          eval "$(kgen completion bash)"
Keep it (fish):  kgen completion fish > ~/.config/fish/completions/kgen.fish
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction

from kgen import targets
from kgen.diagnostics.codes import codes
from kgen.record import NamedTuple

SHELLS = ("bash", "zsh", "fish")


class Word(NamedTuple):
    """An option or a verb, with what may follow it."""

    spellings: tuple[str, ...]
    help: str
    choices: tuple[str, ...]
    """What may follow, where that is a closed list; otherwise it is a path."""
    takes_value: bool


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)


def run(options: Namespace) -> int:
    from kgen.cli import _verbs
    from kgen.cli._run import make_parser

    tree = verbs_of(make_parser(_verbs.names()))
    writer = {"bash": bash, "zsh": zsh, "fish": fish}[options.shell]
    print(writer(tree), end="")
    return 0


def verbs_of(parser: ArgumentParser) -> dict[str, tuple[str, list[Word]]]:
    """Help and words of every verb; the empty name has those of `kgen` itself."""
    tree = {"": ("", words_of(parser))}
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, subparser in action.choices.items():
                tree[name] = (helps[name], words_of(subparser))
    return tree


def words_of(parser: ArgumentParser) -> list[Word]:
    """The options of one parser, and the words its arguments may be."""
    words = []
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            continue
        choices = tuple(str(choice) for choice in action.choices or _known(action.dest))
        help = (action.help or "").partition(" (default")[0]
        if action.option_strings:
            words.append(Word(tuple(action.option_strings), help, choices, action.nargs != 0))
        else:
            words += [Word((choice,), help, (), False) for choice in choices]
    return words


def _known(argument: str) -> list[str]:
    """What an argument takes whose own check says more than argparse would."""
    if argument == "target":
        return targets.names()
    return codes() if argument == "code" else []


def bash(tree: dict[str, tuple[str, list[Word]]]) -> str:
    values, verbs = [], []
    for name, (_, words) in tree.items():
        plain = [spelling for word in words for spelling in word.spellings]
        if name:
            verbs.append(f'        {name}) words="{" ".join(plain)}" ;;')
        values += [
            f'        {name}:{spelling}) words="{" ".join(word.choices)}" ;;'
            for word in words
            if word.takes_value
            for spelling in word.spellings
        ]
    names = " ".join([*filter(None, tree), *(s for w in tree[""][1] for s in w.spellings)])
    return f"""\
# bash completion of kgen, made by `kgen completion bash`
_kgen() {{
    local here="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" verb="" words word kept=""
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in -*) ;; *) verb="$word"; break ;; esac
    done
    case "$verb:$before" in
{chr(10).join(values)}
        *)
            case "$verb" in
{chr(10).join("        " + line for line in verbs)}
                *) words="{names}" ;;
            esac ;;
    esac
    # Where no option is begun, paths are more likely meant, which bash completes by itself.
    for word in $words; do [[ $here == -* || $word != -* ]] && kept+=" $word"; done
    COMPREPLY=($(compgen -W "$kept" -- "$here"))
}}
complete -o default -F _kgen kgen
"""


def zsh(tree: dict[str, tuple[str, list[Word]]]) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "'\\''") + "'"

    def bracketed(text: str) -> str:
        return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")

    def option(word: Word, spelling: str) -> str:
        value = f": :({' '.join(word.choices)})" if word.choices else ": :_files"
        return quoted(f"*{spelling}[{bracketed(word.help)}]{value if word.takes_value else ''}")

    cases = []
    for name, (_, words) in tree.items():
        options = [option(w, s) for w in words for s in w.spellings if s.startswith("-")]
        plain = [s for w in words for s in w.spellings if not s.startswith("-")]
        rest = quoted(f"*: :({' '.join(plain)})") if plain else "'*: :_files'"
        if name:
            cases.append(f"    {name}) _arguments {' '.join([*options, rest])} ;;")
    listed = " ".join(quoted(f"{name}:{help}") for name, (help, _) in tree.items() if name)
    return f"""\
#compdef kgen
# zsh completion of kgen, made by `kgen completion zsh`
_kgen() {{
    local -a verbs
    verbs=({listed})
    if (( CURRENT == 2 )); then
        _describe verb verbs
        return
    fi
    local verb="$words[2]"
    shift words
    (( CURRENT-- ))
    case "$verb" in
{chr(10).join(cases)}
    esac
}}
if [ "$funcstack[1]" = _kgen ]; then _kgen "$@"; else compdef _kgen kgen; fi
"""


def fish(tree: dict[str, tuple[str, list[Word]]]) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = ["# fish completion of kgen, made by `kgen completion fish`"]
    for name, (help, words) in tree.items():
        condition = "__fish_use_subcommand"
        if name:
            lines.append(f"complete -c kgen -f -n {condition} -a {name} -d {quoted(help)}")
            condition = quoted(f"__fish_seen_subcommand_from {name}")
        for word in words:
            parts = [f"complete -c kgen -n {condition} -d {quoted(word.help)}"]
            for spelling in word.spellings:
                kind = "l" if spelling.startswith("--") else "s" if spelling[0] == "-" else "a"
                parts.append(f"-{kind} {spelling.lstrip('-')}")
            if word.choices:
                parts.append(f"-x -a {quoted(' '.join(word.choices))}")
            elif word.takes_value:
                parts.append("-r")
            lines.append(" ".join(parts))
    return "\n".join(lines) + "\n"
