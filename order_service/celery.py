from mesh.worker import make_app

app = make_app("order_service")
