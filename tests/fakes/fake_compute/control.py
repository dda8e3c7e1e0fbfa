"""How tests turn an account's knobs, have it fail, and look behind it: below /_fake/accounts, unsigned, in JSON.

  POST   /_fake/accounts              {knobs}: a new account → {"key": …, "secret": …}
  DELETE /_fake/accounts/KEY          it and its machines end
  GET, POST /_fake/accounts/KEY/knobs    all of them; {"pending_looks": 3} changes some
  POST   /_fake/accounts/KEY/faults   {"RunInstances": [CODE, …]}: what the next calls of an operation are refused with;
                                      the code LostReply is a call that happens, but is answered InternalError
  GET    /_fake/accounts/KEY/calls    [["ec2", "RunInstances"], …] so far; DELETE forgets them
  GET    /_fake/accounts/KEY/machines {ID: {"directory": …, "boots": N, "state": …}}
  POST   /_fake/accounts/KEY/forget   terminated instances are gone
"""

import dataclasses
import json

from fake_s3.exchange import Response

PATH = "/_fake/accounts"


def _json(value, status=200):
    return Response(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _bad(message):
    return _json({"error": message}, 400)


def _turn(knobs, wanted):
    """Why that cannot be, or None."""
    types = {field.name: type(field.default) for field in dataclasses.fields(knobs)}
    for name, value in wanted.items():
        if name not in types or type(value) is not types[name]:  # True is no number here.
            return f"{name}: there is no such knob, or it is of another type"
    for name, value in wanted.items():
        setattr(knobs, name, value)
    return None


def _knobs(service, key, account, method, wanted):
    del service, key
    if method == "POST" and (why := _turn(account.knobs, wanted)):
        return _bad(why)
    return _json(dataclasses.asdict(account.knobs))


def _faults(service, key, account, method, wanted):
    del service, key
    if method == "POST":
        if not all(isinstance(codes, list) for codes in wanted.values()):
            return _bad('{"RunInstances": ["InsufficientInstanceCapacity"]} is wanted')
        account.faults |= {name: list(codes) for name, codes in wanted.items()}
    return _json(account.faults)


def _calls(service, key, account, method, wanted):
    del service, key, wanted
    if method == "DELETE":
        account.calls.clear()
    return _json(account.calls)


def _machines(service, key, account, method, wanted):
    del service, key, method, wanted
    return _json({instance.id: {"directory": str(instance.machine.files), "boots": instance.machine.boots,
                                "state": instance.state}
                  for region in account.regions.values() for instance in region.instances.values()})


def _forget(service, key, account, method, wanted):
    del service, key, method, wanted
    for region in account.regions.values():
        for instance in list(region.instances.values()):
            if instance.state == "terminated":
                instance.enter("gone", account.knobs)
                del region.instances[instance.id]
    return _json({})


def _end(service, key, account, method, wanted):
    del account, wanted
    if method != "DELETE":
        return _bad("DELETE, or a name below it, is wanted")
    service.end_account(key)
    return _json({})


_BELOW = {"": _end, "knobs": _knobs, "faults": _faults, "calls": _calls, "machines": _machines, "forget": _forget}


def answer(service, request):
    try:
        wanted = json.loads(request.body or b"{}")
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        return _bad("the body is no JSON object")
    key, _, name = request.raw_path[len(PATH) + 1:].partition("/")
    if not key:
        if request.method != "POST":
            return _bad("POST is wanted")
        knobs = dataclasses.replace(service.knobs)
        if why := _turn(knobs, wanted):
            return _bad(why)
        key, secret = service.add_account(knobs)
        return _json({"key": key, "secret": secret})
    account = service.accounts.get(key)
    if account is None or name not in _BELOW:
        return _json({"error": "there is no such account, or nothing of that name"}, 404)
    with account.lock:
        return _BELOW[name](service, key, account, request.method, wanted)
