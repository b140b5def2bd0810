from mesh.runtime.main import main

if __name__ == "__main__":
    main("sample_service")
