"""The list of commands. Each is a function of the module of its theme; its docstring is its help."""

from typing import Annotated

import typer

from headway import __version__
from headway.cli import accounts, database, doctor, exams, fake_ai, figures, jobs, web, worker
from headway.cli.faults import USAGE

# Plain help, not rich's: it is three times as quick, and an example can be copied from it as it stands.
program = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
on_jobs = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
on_accounts = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
on_exams = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"headway {__version__}")
        raise typer.Exit


@program.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Headway runs slow AI work behind a web application: durable, watched live, never paid twice.

    \b
    Example:
        headway up
    """
    _help_without_command(context)


@on_jobs.callback(invoke_without_command=True)
def jobs_root(context: typer.Context) -> None:
    """List, show, retry and cancel jobs.

    \b
    Example:
        headway jobs list --status failed
    """
    _help_without_command(context)


@on_accounts.callback(invoke_without_command=True)
def accounts_root(context: typer.Context) -> None:
    """Accounts: list, add, invite, disable, roles, credits.

    \b
    Example:
        headway accounts add ann@example.org
    """
    _help_without_command(context)


@on_exams.callback(invoke_without_command=True)
def exams_root(context: typer.Context) -> None:
    """Exams: import enrolments.

    \b
    Example:
        headway exam import answers.csv --code SCIENCE-40
    """
    _help_without_command(context)


def _help_without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(USAGE)


program.command()(web.up)
program.command()(web.serve)
program.command()(worker.worker)
program.command()(figures.monitor)
program.command()(figures.stats)
program.command()(database.cleanup)
program.command()(database.migrate)
program.command()(database.check)
program.command()(doctor.doctor)
program.command()(web.openapi)
program.command("fake-ai")(fake_ai.fake_ai)
program.add_typer(on_jobs, name="jobs")
on_jobs.command("list")(jobs.list_jobs)
on_jobs.command()(jobs.show)
on_jobs.command()(jobs.failed)
on_jobs.command()(jobs.retry)
on_jobs.command()(jobs.cancel)
program.add_typer(on_accounts, name="accounts")
on_accounts.command("list")(accounts.list_accounts)
on_accounts.command()(accounts.add)
on_accounts.command()(accounts.invite)
on_accounts.command()(accounts.reset)
on_accounts.command()(accounts.disable)
on_accounts.command()(accounts.enable)
on_accounts.command()(accounts.role)
on_accounts.command()(accounts.grant)
program.add_typer(on_exams, name="exam")
on_exams.command("import")(exams.import_file)
