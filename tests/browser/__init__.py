"""The pages of a running mesh in Chromium, as a person uses them."""
