"""The oracle: asks Apache Kafka and Martlet the same questions and compares what they answer.

Documentation/ORACLE.md says how to run it, add to it and list a difference that is meant to be.
"""
