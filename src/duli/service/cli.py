"""The command line: parse, call, render.

Exit codes: 0 an answer, 2 the user's mistake, 3 a limit reached, 1 ours.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from duli import __version__
from duli.errors import DuliError, InputError
from duli.service import (
    agents,
    ask,
    chat,
    evaluate,
    fit,
    knowledge,
    label,
    map,
    models,
    new,
    programs,
    prove,
    read,
    serve,
    stores,
    terminal,
    tune,
    watch,
)

_EPILOG = """Examples:\n
    duli ask diagnosis "seizures, white patches on the skin; no fever"\n
    duli check mine/ && duli run program.dl --json\n
Settings: DULI_CACHE (folder of what is kept), DULI_OFFLINE (1: no other machine is asked; 0: downloads too),
DULI_DEBUG=1 (tracebacks)."""

_STOPPED = 130

app = typer.Typer(
    name="duli",
    help="Text is read by a frozen model; knowledge and rules decide, with a probability and a proof.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"duli {__version__}")
        raise Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


app.command("ask", epilog=ask.EPILOG)(ask.ask)
app.command("chat", epilog=chat.EPILOG)(chat.chat)
app.command("read", epilog=read.EPILOG)(read.read)
app.command("run", epilog=programs.EPILOG)(programs.run)
app.command("check")(programs.check)
app.command("prove", epilog=prove.EPILOG)(prove.prove)
app.command("eval", epilog=evaluate.EPILOG)(evaluate.evaluate)
app.command("fit", epilog=fit.EPILOG)(fit.fit)
app.command("tune", epilog=tune.EPILOG)(tune.tune)
app.command("new", epilog=new.EPILOG)(new.new)
app.command("map", epilog=map.EPILOG)(map.map_)
app.command("label", epilog=label.EPILOG)(label.label)
app.command("watch", epilog=watch.EPILOG)(watch.watch)
app.command("trends")(watch.trends)
app.command("serve", epilog=serve.EPILOG)(serve.serve)
app.command("mcp", epilog=agents.EPILOG)(agents.mcp)
app.command("token", epilog=serve.EPILOG)(serve.token)
app.add_typer(knowledge.app, name="kb")
app.add_typer(models.app, name="models")
app.add_typer(stores.app, name="store")
app.add_typer(stores.audit, name="audit")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns its exit code."""
    as_json = "--json" in arguments
    terminal.show_notes()
    try:
        code = app(list(arguments), prog_name="duli", standalone_mode=False)
        if code == _STOPPED:
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except DuliError as error:
        terminal.print_error(error, as_json=as_json)
        return error.exit_code
    except TyperException as error:
        terminal.print_error(_usage(error), as_json=as_json)
        return 2
    except (KeyboardInterrupt, Abort):
        print("stopped; what was done so far is kept", file=sys.stderr)
        return _STOPPED
    except BrokenPipeError:
        # The reader of a pipe went away; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        ours = DuliError(
            f"this is a mistake of duli: {type(error).__name__}: {error}",
            hint="set DULI_DEBUG=1 to see where, and report it",
        )
        if os.environ.get("DULI_DEBUG"):
            traceback.print_exc()
        terminal.print_error(ours, as_json=as_json)
        return 1


def _usage(error: TyperException) -> InputError:
    context = getattr(error, "ctx", None)
    hint = f"see: {context.command_path} --help" if context is not None else "see: duli --help"
    return InputError(str(getattr(error, "message", error)) or "something is missing", hint=hint)
