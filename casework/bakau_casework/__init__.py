"""What people do with it: the Desk (rights, redaction, audit), cases, views, the commands that show data."""
