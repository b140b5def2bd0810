"""What tests of services stand on: real servers, signing keys, a signed-in browser."""
