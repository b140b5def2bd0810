"""How times are shown to staff: to the second, in UTC."""
