from mesh.worker import make_app

app = make_app("payment_service")
