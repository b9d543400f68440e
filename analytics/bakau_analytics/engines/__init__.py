"""Engines beside DuckDB: Apache Spark, for data that no longer fits one machine or already lies on a cluster."""
