"""The ground of services' tests: real servers, signing keys, a signed-in browser."""
