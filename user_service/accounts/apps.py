from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "user_service.accounts"
    label = "accounts"
    housekeeping = ("user_service.accounts.actions.step_up.prune",)
