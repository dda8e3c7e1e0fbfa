"""Limits of the services, and how long what is eventually true takes; tests may arm the server with others.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from dataclasses import dataclass

MiB = 2**20


@dataclass(frozen=True)
class Knobs:
    # How many looks at a thing it takes until what was asked for is true. Refused attempts count as looks.
    pending_polls: int = 2     # A new function becomes Active: dg/functions-states.html
    update_polls: int = 1      # LastUpdateStatus becomes Successful.
    role_attempts: int = 2     # Uses of a new or changed role that are refused, as if it had not propagated.
    stage_requests: int = 2    # Requests to a new stage that are answered 403, as long as it propagates.
    max_page: int = 50         # ListFunctions: "returns a maximum of 50 items in each response"
    max_zip: int = 50 * MiB
    max_unzipped: int = 250 * MiB
    max_sync: int = 6 * MiB
    max_async: int = 1 * MiB   # API_Invoke.html
    max_environment: int = 4096
