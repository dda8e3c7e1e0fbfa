"""Client tokens. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"""

from .refusals import refuse

_MISMATCH = ("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in "
             "previous request(s).")


def recall(table, token, scope, parameters, ignored=()):
    """What a request with this token has made before, a list that is empty at first and to be filled; None without a
    token. A token binds its parameters even when the request then fails for want of capacity."""
    if not token:
        return None
    asked = {name: value for name, value in parameters.items() if name not in ("ClientToken", "DryRun", *ignored)}
    known, made = table.setdefault((token, scope), (asked, []))
    if known != asked:
        raise refuse(*_MISMATCH)
    return made


def check_alive(instances):
    """Since January 2025, where it was a success before: https://github.com/boto/boto3/issues/4406"""
    if any(instance.state in ("shutting-down", "terminated", "gone") for instance in instances):
        raise refuse("IdempotentInstanceTerminated", "The client token you have provided is associated with a terminated "
                     "instance. Please use a different client token.")
