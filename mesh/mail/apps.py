from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "mesh.mail"
    label = "mail"
