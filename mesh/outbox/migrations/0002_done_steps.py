from django.db import migrations, models


class Migration(migrations.Migration):
    """Steps that are done get a table of their own, by the day on which they were done.

    The version before this one goes on leaving them where they are.
    """

    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        """
                        CREATE TABLE outbox_donestep (
                            id uuid NOT NULL,
                            kind varchar(64) NOT NULL,
                            key varchar(200) NOT NULL,
                            payload jsonb NOT NULL,
                            attempts integer NOT NULL,
                            request_id varchar(64) NOT NULL,
                            create_time timestamptz NOT NULL,
                            done_time timestamptz NOT NULL,
                            PRIMARY KEY (id, done_time)
                        ) PARTITION BY RANGE (done_time)
                        """,
                        """
                        CREATE TABLE outbox_donestep_default PARTITION OF outbox_donestep DEFAULT
                        """,
                        """
                        CREATE INDEX outbox_donestep_default_done
                        ON outbox_donestep_default (done_time)
                        """,
                    ],
                    reverse_sql="DROP TABLE outbox_donestep",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="DoneStep",
                    fields=[
                        (
                            "id",
                            models.UUIDField(editable=False, primary_key=True, serialize=False),
                        ),
                        ("kind", models.CharField(max_length=64)),
                        ("key", models.CharField(max_length=200)),
                        ("payload", models.JSONField()),
                        ("attempts", models.PositiveIntegerField()),
                        ("request_id", models.CharField(max_length=64)),
                        ("create_time", models.DateTimeField()),
                        ("done_time", models.DateTimeField()),
                    ],
                )
            ],
        )
    ]
