"""The formats of times for staff: to the second, in UTC."""
