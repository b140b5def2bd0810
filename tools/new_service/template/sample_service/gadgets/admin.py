from django.contrib.admin import register

from mesh.admin.model_admin import Page
from sample_service.gadgets.models import Gadget


@register(Gadget)
class GadgetPage(Page):
    scope = "sample.write"
    list_display = ("id", "title", "create_time")
    fields = ("id", "title", "create_time")
