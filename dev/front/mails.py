"""Previews of every mail in every language, from its templates and a made-up order and account.

A template is read anew each time, and names what it lacks, so that a mail can be worked on
beside its preview.
"""

from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from dev.config import ROOT
from mesh.mail.locales import LANGUAGES

LAYOUT = ROOT / "mesh" / "mail" / "templates"
SERVICES = sorted(ROOT.glob("*_service/*/templates"))
MISSING = "(%s is missing)"
LIBRARIES = {"i18n": "django.templatetags.i18n", "mails": "mesh.mail.templatetags.mails"}
_ORDER: dict[str, Any] = {
    "brand": "Marketmesh",
    "full_name": "Ada Lovelace",
    "order_id": "01a2245f-f458-7c3e-9d4b-5f1c2a7e8b90",
    "order_date": "2026-11-29",
    "lines": [
        {"quantity": "2", "title": "Mug", "unit_price": "12.90 EUR", "total": "25.80 EUR"},
        {"quantity": "3", "title": "Pen, <blue>", "unit_price": "3.20 EUR", "total": "9.60 EUR"},
    ],
    "total": "35.40 EUR",
    "refund": "7.50 EUR",
    "refunded": "12.50 EUR",
}
_TOKEN = "preview-" * 8
_SEE = {"link": f"/account/orders/{_ORDER['order_id']}"}
_VERIFY = {"link": f"/account/verify-email#token={_TOKEN}"}
_RESET = {"link": f"/account/reset-password#token={_TOKEN}"}
_NOTICE = {"what": "its password was changed, and all its sessions have ended."}
# What tells apart each preview, and the template that it is of.
PREVIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    "welcome": ("welcome", _VERIFY),
    "verify_email": ("verify_email", _VERIFY),
    "verify_email_by_api": ("verify_email", {"link": "", "token": _TOKEN}),
    "reset_password": ("reset_password", _RESET),
    "reset_password_by_api": ("reset_password", {"link": "", "token": _TOKEN}),
    "security_notice": ("security_notice", _NOTICE),
    "order_confirmed": ("order_confirmed", _SEE),
    "order_fulfilled": ("order_fulfilled", _SEE),
    "order_declined": ("order_cancelled", _SEE | {"cancel_reason": "PAYMENT_DECLINED"}),
    "order_cancelled": ("order_cancelled", _SEE | {"cancel_reason": "REQUESTED"}),
    "order_refunded": ("order_refunded", _SEE | {"cancel_reason": "REFUNDED"}),
    "order_part_refunded": ("refund_issued", _SEE),
}


def templates() -> set[str]:
    """Returns the mails that the services can send."""
    return {body.parent.name for folder in SERVICES for body in folder.glob("mail/*/body.html")}


def preview(name: str, locale: str) -> tuple[str, str, str] | None:
    """Returns the subject, text and HTML of a preview; None for an unknown one."""
    if name not in PREVIEWS or locale not in LANGUAGES:
        return None
    template, more = PREVIEWS[name]
    engine = _engine()
    context = _ORDER | {"link": "", "locale": locale} | more

    def rendered(part: str) -> str:
        made = Context(context, autoescape=part.endswith(".html"))
        text: str = engine.get_template(f"mail/{template}/{part}").render(made)
        return text

    with translation.override(locale):
        context["subject"] = rendered("subject.txt").strip()
        return context["subject"], rendered("body.txt"), rendered("body.html")


def _engine() -> Engine:
    """Returns an engine with the templates and catalogs of all services."""
    if not settings.configured:  # the local run is no Django project
        catalogs = [folder.with_name("locale") for folder in (LAYOUT, *SERVICES)]
        settings.configure(LOCALE_PATHS=catalogs, LOGGING_CONFIG=None)
        django.setup()
    loaders = ["django.template.loaders.filesystem.Loader"]
    return Engine(
        [str(LAYOUT), *map(str, SERVICES)],
        loaders=loaders,
        libraries=LIBRARIES,
        string_if_invalid=MISSING,
    )


def index() -> str:
    """Returns a page that leads to each preview, as HTML and as text."""
    engine = Engine([str(Path(__file__).parent)])
    previews = [
        (f"{locale}/{name}", found[0])
        for name in PREVIEWS
        for locale in LANGUAGES
        if (found := preview(name, locale))
    ]
    page: str = engine.get_template("mails.html").render(Context({"previews": previews}))
    return page
