DATETIME_FORMAT = "Y-m-d H:i:s e"  # as in logs, and with its zone
