"""The network in a Neo4j server: its schema, how it is kept in step with the archive, and how it answers."""
