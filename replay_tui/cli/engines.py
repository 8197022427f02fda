"""Options of commands that work on many sessions: the engine, and the number of processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click
from msgspec import Struct

from replay_tui.archive.engine import analyse_all
from replay_tui.archive.job import Job, Result
from replay_tui.archive.source import SessionSource
from replay_tui.cli.output import print_status
from replay_tui.domain.errors import UsageError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def engine_options(command: Decorated) -> Decorated:
    """Add `--jobs`, `--engine` and `--scheduler` to a command."""
    command = click.option(
        "--scheduler", metavar="ADDRESS", help="With --engine dask: address of a scheduler that you trust."
    )(command)
    command = click.option(
        "--engine",
        type=click.Choice(["processes", "dask"]),
        default="processes",
        show_default=True,
        help="Work in processes on this machine, or on the workers of a Dask cluster, which read the files themselves.",
    )(command)
    return click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Sessions worked on in parallel. Default: the number of CPU cores; for `find` 1.",
    )(command)


class Engine(Struct, frozen=True):
    """The engine that the options name. Raises `UsageError` for options that do not fit."""

    jobs: int
    scheduler: str | None = None

    @staticmethod
    def of(jobs: int | None, engine: str, scheduler: str | None, *, uses_gateway: bool) -> Engine:
        """Return the engine for the values of `engine_options`."""
        if (engine == "dask") != bool(scheduler):
            raise UsageError("--engine dask and --scheduler ADDRESS must be used together.")
        if scheduler and (uses_gateway or jobs):
            raise UsageError("--engine dask works on files and addresses, not on a gateway's sessions or with --jobs.")
        return Engine(jobs or core_count(), scheduler)

    def check(self) -> None:
        """Raise the error of `run` if the engine cannot work, before anything is written for it."""
        if self.scheduler is not None:
            from replay_tui.archive.dask_engine import check_scheduler

            check_scheduler(self.scheduler)

    def run(self, sources: Sequence[SessionSource], job: Job[Result]) -> Iterator[tuple[int, Result]]:
        """Yield (position, result) once for each source."""
        if self.scheduler is None:
            return analyse_all(sources, job, self.jobs)
        from replay_tui.archive.dask_engine import analyse_on_cluster

        return analyse_on_cluster(
            sources, job, self.scheduler, lambda: print_status("The scheduler has no workers yet; waiting for them.")
        )


def core_count() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
