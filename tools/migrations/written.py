"""The SQL of migrations, as Django makes it on a database that has all those before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


@dataclass(frozen=True, slots=True)
class Written:
    """One migration. `accepted` are the rules that it breaks for a reason, with the reason."""

    name: str
    statements: tuple[str, ...]
    atomic: bool
    runs_python: bool = False
    accepted: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """What `sqlmigrate` prints, by which squawk knows a transaction."""
        body = "\n".join(self.statements)
        return f"BEGIN;\n{body}\nCOMMIT;\n" if self.atomic else f"{body}\n"


def write(migration: Migration, state: ProjectState) -> Written:
    """Writes the SQL that leads on from `state`, and runs none of it."""
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state.clone(), editor, collect_sql=True)
    return Written(
        name=str(migration),
        statements=tuple(editor.collected_sql),
        atomic=migration.atomic,
        runs_python=any(isinstance(each, RunPython) for each in migration.operations),
        accepted=getattr(migration, "accepted", {}),
    )


def migrate_and_write(*packages: str) -> Iterator[Written]:
    """Migrates an empty database; yields the migrations that are in these packages."""
    executor = MigrationExecutor(connection)
    executor.recorder.ensure_schema()
    state = ProjectState()
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if type(migration).__module__.startswith(packages):
            yield write(migration, state)
        state = executor.apply_migration(state, migration)
