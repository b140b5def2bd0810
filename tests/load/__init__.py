"""`make load`: customers of a shop, from locust's page; every answer is checked."""
