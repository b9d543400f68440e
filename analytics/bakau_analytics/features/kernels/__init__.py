"""Steps and features whose sliding windows are computed over arrays instead of in SQL, to the same rows."""
