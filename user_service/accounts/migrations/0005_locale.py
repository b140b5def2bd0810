from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default in the database, as a service of the version before inserts rows without."""

    dependencies = [
        ("accounts", "0004_found_by_how_it_begins"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="locale",
            field=models.CharField(
                db_default="en",
                default="en",
                help_text="Language of mails, as a BCP 47 tag.",
                max_length=16,
            ),
        ),
    ]
