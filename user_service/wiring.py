"""What the user service serves, which steps it runs, and whom it calls."""

from mesh.mail.actions import SEND_MAIL
from mesh.mail.step import send_mail
from mesh.runtime.definition import ServiceDefinition
from user_service.accounts.actions import step_up
from user_service.accounts.queries import recipient
from user_service.accounts.rpc import UserService, get_users
from user_service.accounts.step_kinds import ERASE_ORDERS, ERASE_PAYMENTS
from user_service.credentials.actions import email_tokens, throttle
from user_service.credentials.rpc import CredentialService, TotpService
from user_service.credentials.step_kinds import RESET_PASSWORD
from user_service.credentials.steps import reset_password
from user_service.personal_data.rpc import PersonalDataService
from user_service.personal_data.steps import erase_orders, erase_payments
from user_service.sessions import actions as sessions
from user_service.sessions.checks import signing_keys
from user_service.sessions.keys import jwks
from user_service.sessions.revoked_tokens import revoked_since
from user_service.sessions.rpc import SessionService

SERVICE = ServiceDefinition(
    serves={
        "market.user.v1.UserService": UserService,
        "market.user.v1.SessionService": SessionService,
        "market.user.v1.CredentialService": CredentialService,
        "market.user.v1.TotpService": TotpService,
        "market.user.v1.PersonalDataService": PersonalDataService,
    },
    reads={"market.user.v1.UserService/GetUser": get_users},
    calls=frozenset({"order_service", "payment_service"}),
    jwks=jwks,
    revoked=revoked_since,
    checks={"signing keys": signing_keys},
    steps={
        SEND_MAIL: send_mail,
        RESET_PASSWORD: reset_password,
        ERASE_ORDERS: erase_orders,
        ERASE_PAYMENTS: erase_payments,
    },
    periodic=(sessions.prune, step_up.prune, throttle.prune, email_tokens.prune),
    recipient=recipient,
    mail_context=email_tokens.context_of,
)
