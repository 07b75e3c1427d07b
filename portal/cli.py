"""The command line `portal`: every command by name, loaded when it is asked for."""

from importlib import import_module

import click

from portal.commands.running import Stopped, sentence_of

COMMANDS = {
    "backup": "backup",
    "create-admin": "create_admin",
    "demo": "demo",
    "doctor": "doctor",
    "export": "export",
    "import": "import_file",
    "migrate": "migrate",
    "recount-facts": "recount_facts",
    "restore": "restore",
    "sample-data": "sample_data",
    "serve": "serve",
    "worker": "worker",
}


class Commands(click.Group):
    """The commands of `portal/commands/`; whatever stops one is a sentence on stderr and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"portal.commands.{COMMANDS[cmd_name]}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params["trace"]:
                raise
            raise Stopped(sentence_of(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--trace", is_flag=True, help="Show the whole trace of an unexpected fault.")
@click.version_option(package_name="store-owner-portal", prog_name="portal")
def main(trace: bool) -> None:
    """The store-owner portal: learn first, then share and earn.

    Settings come from the environment or from .env; docs/operating.md tells them all.
    """
