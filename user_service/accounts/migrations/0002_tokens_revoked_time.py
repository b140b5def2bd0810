from django.db import migrations, models


class Migration(migrations.Migration):
    accepted = {
        "require-concurrent-index-creation": "the column is new, so the index is empty: one read",
    }

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="tokens_revoked_time",
            field=models.DateTimeField(
                help_text="When the access tokens given out until then were last revoked.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("tokens_revoked_time__isnull", False)),
                fields=["tokens_revoked_time", "id"],
                name="accounts_user_tokens_revoked",
            ),
        ),
    ]
