"""Commands that show data to a person, one module each; every one goes through the Desk. Click and the standard library only, at the top."""
