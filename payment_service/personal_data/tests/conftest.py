from payment_service.payments.tests.conftest import nobody, orders

__all__ = ["nobody", "orders"]
