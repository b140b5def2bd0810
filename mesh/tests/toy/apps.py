from django.apps import AppConfig


class ToyConfig(AppConfig):
    name = "mesh.tests.toy"
    label = "toy"
