"""A strict S3 in memory, written from AWS's pages: it refuses what they say S3 refuses, and answers 501 to
whatever it does not implement. See README.md beside this package."""
