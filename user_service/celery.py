from mesh.outbox.celery import make_app

app = make_app("user_service")
