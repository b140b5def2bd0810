from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "user_service.credentials"
    label = "credentials"
