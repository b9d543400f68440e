"""The network of a team: the facts of a workspace in a Neo4j server, walked through the same protocol as the embedded network."""
