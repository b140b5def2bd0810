from mesh.worker import make_app

app = make_app("user_service")
