from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "user_service.credentials"
    label = "credentials"
    housekeeping = (
        "user_service.credentials.actions.throttle.prune",
        "user_service.credentials.actions.mailed.prune",
    )
