from decimal import Decimal
from uuid import uuid4

from django import forms


class RefundForm(forms.Form):
    """How much to pay back. Sent twice, it is the same refund, by its `request_id`."""

    amount = forms.DecimalField(
        max_digits=18,
        decimal_places=3,
        min_value=Decimal("0.001"),
        required=False,
        help_text="In the payment's currency. Empty: all that is left.",
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
