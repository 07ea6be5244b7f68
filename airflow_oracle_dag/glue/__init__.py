"""The runner inside an AWS Glue Python Shell job, and what is handed to it."""
