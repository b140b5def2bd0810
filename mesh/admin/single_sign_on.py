"""One sign-in for the pages of all services: the authorization code flow (RFC 6749, 4.1).

Who is not signed in is sent to the pages of the service that signs users in, and comes back with
a code that is good once, within 30 s. It lets into the session only the browser that asked: what
the code's challenge was made from (RFC 7636) is in a cookie of that browser, and nobody else
has it. Browsers are sent to origins of ADMIN_SITES and nowhere else.
"""

import re
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login as sign_in
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from google.rpc import code_pb2

from mesh.admin import auth_client
from mesh.admin import login as entry
from mesh.auth.base64url import challenge_of
from mesh.core.errors import DomainError, InvalidArgument, Unauthenticated

HERE = "here"  # a parameter of the sign-in page: its own form is wanted
ASKED_FOR_S = 600
_SALT = "who asked for an authorization code"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class ArrivedUnasked(Unauthenticated):
    """The browser that brings a code is none that asked for one lately."""

    reason = "ARRIVED_UNASKED"


def issuing_site(request: HttpRequest) -> str:
    """Returns the origin at which to sign in; empty where the form of this site is to be shown."""
    issuer, sites = auth_client.issuer(), settings.ADMIN_SITES
    if issuer == settings.SERVICE or settings.SERVICE not in sites or HERE in request.GET:
        return ""
    return str(sites.get(issuer, ""))


def ask(request: HttpRequest, issuing: str, target: str) -> HttpResponse:
    """Sends the browser for a code, and on to `target` once it is back."""
    own = settings.ADMIN_SITES[settings.SERVICE]
    if request.get_host().partition(":")[0] != urlsplit(own).hostname:
        # It comes back to the origin that is configured, so it has to get its cookie there.
        return HttpResponseRedirect(f"{own}{request.get_full_path()}")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("admin:index")
    verifier = secrets.token_urlsafe(48)
    query = urlencode({"service": settings.SERVICE, "code_challenge": challenge_of(verifier)})
    response = HttpResponseRedirect(f"{issuing}{reverse('admin:authorize')}?{query}")
    response.set_cookie(
        _cookie(),
        signing.dumps([verifier, target], salt=_SALT),
        max_age=ASKED_FOR_S,
        path=reverse("admin:arrive"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def answer(request: HttpRequest) -> HttpResponse:
    """Sends the browser back with a code, once its user has signed in here.

    Raises InvalidArgument when it was not sent by a service of ADMIN_SITES, and what the RPC
    raises.
    """
    origin = settings.ADMIN_SITES.get(request.GET.get("service", ""))
    challenge = request.GET.get("code_challenge", "")
    here = auth_client.issuer() == settings.SERVICE
    if not (here and origin and _CHALLENGE.fullmatch(challenge)):
        raise InvalidArgument("this is no address to sign in at")
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    try:
        code = auth_client.code_for(request.session.get("refresh_token", ""), challenge)
    except DomainError as error:
        if error.code != code_pb2.UNAUTHENTICATED:
            raise
        logout(request)
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    return HttpResponseRedirect(f"{origin}{reverse('admin:arrive')}?{urlencode({'code': code})}")


def arrive(request: HttpRequest) -> HttpResponse:
    """Lets in a browser that comes back with a code. Raises DomainError."""
    try:
        asked = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=ASKED_FOR_S)
    except signing.BadSignature:
        raise ArrivedUnasked("this browser did not ask to sign in here, or too long ago") from None
    verifier, target = asked
    granted = auth_client.exchanged(request.GET.get("code", ""), verifier)
    staff = entry.authorize(granted)
    sign_in(request, staff)
    entry.begin(request.session, staff, granted)
    response = HttpResponseRedirect(target)
    response.delete_cookie(_cookie(), path=reverse("admin:arrive"))
    return response


def _cookie() -> str:
    return f"{settings.SERVICE}_asked"
