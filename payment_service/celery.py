from mesh.outbox.celery import make_app

app = make_app("payment_service")
