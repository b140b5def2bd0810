from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.db.models.signals import post_migrate


class StaffConfig(AppConfig):
    name = "mesh.admin"
    label = "mesh_admin"
    verbose_name = "Staff"
    default = True

    def ready(self) -> None:
        """Scopes say who may do what, so Django's own permissions are not filled in."""
        post_migrate.disconnect(
            dispatch_uid="django.contrib.auth.management.create_permissions",
        )


class PagesConfig(SimpleAdminConfig):
    """Django's admin with our site. Pages are loaded by the process that serves them alone."""

    default_site = "mesh.admin.site.Site"
