from django.db import migrations


class Migration(migrations.Migration):
    accepted = {
        "require-concurrent-index-creation": "came with the pages, whose log was empty then",
    }
    dependencies = [
        ("mesh_admin", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[
                """
                CREATE FUNCTION mesh_admin_log_is_append_only() RETURNS trigger
                LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'the audit trail is only ever added to'
                        USING ERRCODE = 'restrict_violation';
                END $$
                """,
                """
                CREATE TRIGGER mesh_admin_log_append_only
                BEFORE UPDATE OR DELETE ON django_admin_log
                FOR EACH STATEMENT EXECUTE FUNCTION mesh_admin_log_is_append_only()
                """,
                # A row's history is looked up by its id.
                "CREATE INDEX mesh_admin_log_object ON django_admin_log (object_id)",
            ],
            reverse_sql=[
                "DROP INDEX mesh_admin_log_object",
                "DROP TRIGGER mesh_admin_log_append_only ON django_admin_log",
                "DROP FUNCTION mesh_admin_log_is_append_only",
            ],
        )
    ]
