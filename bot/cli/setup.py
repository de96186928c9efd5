"""Commands for setting up: init, doctor, config, completion."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.session import JSON, Exit, emit, finish, program, say, session, tell
from bot.render.phrases import counted

PANEL = "Setting up"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("init", rich_help_panel=PANEL)(init)
    app.command("doctor", rich_help_panel=PANEL)(doctor)
    config = typer.Typer(help="Show or check the configuration.\n\nExample:  stet config check", rich_markup_mode=None)
    config.command("show")(config_show)
    config.command("check")(config_check)
    app.add_typer(config, name="config", rich_help_panel=PANEL)
    app.command("completion", rich_help_panel=PANEL)(completion)


def init(
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take the options and defaults.")] = False,
    timezone: Annotated[str | None, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/London.")] = None,
    contact: Annotated[str | None, typer.Option("--contact", metavar="WHO", help="In our User-Agent.")] = None,
    slack: Annotated[str | None, typer.Option("--slack", metavar="CHANNEL", help="Where alerts go: #channel.")] = None,
    email: Annotated[list[str] | None, typer.Option("--email", metavar="A", help="Who gets alerts by mail.")] = None,
    smtp_host: Annotated[
        str | None, typer.Option("--smtp-host", metavar="HOST", help="The mail server; none: mails become files.")
    ] = None,
    smtp_from: Annotated[str | None, typer.Option("--smtp-from", metavar="A", help="The sender's address.")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="Where readers reach the pages.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where it is written.")] = Path("config.toml"),
) -> None:
    """Write a commented config.toml. Asks on a terminal, takes options elsewhere, never overwrites.

    Examples:  stet init    stet init --yes --timezone Europe/London --slack '#corrections'
    """
    from bot.cli.template import filled
    from bot.errors import UsageError

    target = session().config_path or out
    if target.exists():
        raise UsageError(
            "there is a configuration already, and it is never overwritten; write elsewhere with --out",
            subject=str(target),
        )
    answers: dict[str, Any] = {
        "timezone": timezone,
        "contact": contact,
        "slack": slack,
        "email": email,
        "smtp_host": smtp_host,
        "smtp_from": smtp_from,
        "base_url": base_url,
    }
    if not yes and sys.stdin.isatty():
        answers = _asked(answers)
    if problems := _problems(answers):
        raise UsageError("; ".join(problems))
    text = filled(answers)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            "there is a configuration already, and it is never overwritten; write elsewhere with --out",
            subject=str(target),
        ) from None
    except OSError as error:
        raise UsageError(f"the configuration cannot be written there ({error.strerror})", subject=str(target)) from None
    say(f"{target} is written.")
    if answers.get("slack"):
        say("Slack: create the app from deploy/slack-manifest-socket.yaml, then set STET_SLACK_BOT_TOKEN and")
        say("STET_SLACK_APP_TOKEN in the environment.")
    if answers.get("smtp_host"):
        say("Mail: set STET_SMTP_PASSWORD in the environment where the server asks for a login.")
    say(f"Next: {program()} doctor")


def doctor(
    send_test_email: Annotated[
        str | None, typer.Option("--send-test-email", metavar="A", help="Mail this address.")
    ] = None,
    send_test_slack: Annotated[str | None, typer.Option("--send-test-slack", metavar="C", help="Post to it.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Only what needs no network.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Check the whole installation, one line each, with the fix. Exit 1 where something is wrong.

    Examples:  stet doctor    stet doctor --send-test-email you@newsroom.example    stet doctor --json
    """
    from bot.cli.doctor import examine

    json_out = as_json or session().json
    findings = examine(session(), mail_to=send_test_email, slack_to=send_test_slack, offline=offline)
    bad = False
    collected = []
    for one in findings:
        bad = bad or one.status == "bad"
        if json_out:
            collected.append(one.to_json())
            continue
        sign = {"ok": "✓", "warn": "!", "bad": "✗"}[one.status]
        say(f"{sign} {one.name}: {one.words}")
        if one.fix and one.status != "ok":
            say(f"    → {one.fix}")
        for line in one.more:
            say(f"      {line}")
    if json_out:
        emit({"schema": 1, "ok": not bad, "checks": collected})
    if bad:
        finish(Exit.FAILED)


def config_show(as_json: Annotated[bool, JSON] = False) -> None:
    """Print every setting as it counts now and whether it is a default, and which secrets are set, not their values.

    Examples:  stet config show    stet config show --json
    """
    from bot.config import shown

    config = session().config()
    document = shown(config)
    if as_json or session().json:
        given = {section: sorted(_given(config, section)) for section in document if section != "secrets"}
        emit({"schema": 1, "file": str(config.path) if config.path else None, "given": given, **document})
        return
    say(f"# from {config.path or 'embedded defaults'}")
    for section, values in document.items():
        if isinstance(values, list):
            for one in values:
                say(f"\n[[{section}]]")
                _settings(one, set(one))
        else:
            say(f"\n[{section}]")
            _settings(values, set(values) if section == "secrets" else _given(config, section))


def config_check() -> None:
    """Check the configuration and say what is wrong with it, every problem at once.

    Example:  stet --config config.toml config check
    """
    config = session().config()
    from bot.wiring import compare_config, policy, routes

    compare_config(config)
    policy(config)
    declared = [
        counted(len(routes(config)), "route"),
        counted(len(config.watch), "watch", "watches"),
        counted(len(config.source), "source"),
        counted(len(config.outlet), "outlet"),
    ]
    say(f"{config.path or 'embedded defaults'}: good. Declared: {', '.join(declared)}.")


def completion(
    shell: Annotated[str | None, typer.Argument(metavar="[bash|zsh|fish]", help="The shell; else $SHELL.")] = None,
) -> None:
    """Print the completion script of a shell.

    Example:  stet completion bash > /etc/bash_completion.d/stet
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    if shell not in ("bash", "zsh", "fish"):
        raise typer.BadParameter("use bash, zsh or fish")
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="stet", complete_var="_STET_COMPLETE", shell=shell)
    sys.stdout.write(script + "\n")


def _asked(answers: dict[str, Any]) -> dict[str, Any]:
    """Ask for what was not given. An empty answer leaves a thing out; one that cannot be used is asked for again."""
    questions = (
        ("timezone", "Time zone of the newsroom", "UTC"),
        ("contact", "Address or page that sites may contact you at", ""),
        ("slack", "Slack channel for alerts, e.g. #corrections (empty: none)", ""),
        ("email", "Mail addresses for alerts, with commas (empty: none)", ""),
        ("smtp_host", "SMTP server (empty: mails are written as files)", ""),
        ("smtp_from", "Sender address of mails", ""),
        ("base_url", "Address of the web view, if others are to reach it", ""),
    )
    for key, question, default in questions:
        while answers[key] is None:
            said = typer.prompt(question, default=default, show_default=bool(default), err=True).strip()
            answers[key] = [part.strip() for part in said.split(",") if part.strip()] if key == "email" else said
            if problems := _problems(answers):
                tell(f"  {problems[0]}")
                answers[key] = None
    return answers


def _problems(answers: dict[str, Any]) -> list[str]:
    """What is wrong with a configuration of these answers."""
    import tomllib

    from bot.cli.template import filled
    from bot.config import parse
    from bot.errors import ConfigError

    try:
        parse(tomllib.loads(filled(answers)), {})
    except ConfigError as error:
        return list(error.problems) or [error.message]
    return []


def _given(config: Any, section: str) -> set[str]:
    """The settings of a section that the file gives; the others are defaults."""
    part = getattr(config, section, None)
    fields = getattr(type(part), "model_fields", {})
    return {fields[name].alias or name for name in getattr(part, "model_fields_set", ()) if name in fields}


def _settings(values: dict[str, Any], given: set[str]) -> None:
    import json

    for name, value in values.items():
        if value is None:
            say(f"# {name} is not set")
            continue
        origin = "" if name in given else "  # default"
        say(f"{name} = {json.dumps(value, ensure_ascii=False)}{origin}")
