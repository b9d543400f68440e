"""What decides the order in which findings are read: whether it is still happening. It adds no points and opens nothing."""
