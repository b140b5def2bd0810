from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from mesh.admin import visa
from mesh.admin.entry import let_in
from mesh.admin.models import Staff
from mesh.core.errors import DomainError


class SignInForm(forms.Form):
    """Takes the place of Django's own form for the admin, which knows no second factor."""

    username = forms.CharField(
        label="Username or e-mail address",
        max_length=254,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label="Code, if the account has a second factor",
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._staff: Staff | None = None
        self._request: Any = request

    def clean(self) -> None:
        values = super().clean() or {}
        if self.errors:
            return
        try:
            granted = visa.issued(
                login=values["username"], password=values["password"], code=values["code"]
            )
            self._staff = let_in(granted)
            self._request.visa = granted
        except DomainError as error:
            raise ValidationError(error.detail, code=error.reason) from error

    def get_user(self) -> Staff | None:
        """Who may come in, once the form is valid."""
        return self._staff
