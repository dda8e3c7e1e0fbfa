"""How tests have the service fail, and look behind it: below /_fake, unsigned, in JSON.

  GET, POST /_fake/faults     {"put_blob": ["ServerBusy", …]}: what the next calls of an operation are refused with
  GET       /_fake/calls      {"put_blob": 3, …} so far; DELETE forgets them
  POST      /_fake/clock      {"seconds": N}: the service's clock is that much ahead of this machine's
  POST      /_fake/deleting   {"seconds": N}: how long the name of a container is not free that is deleted from now on
  POST      /_fake/copies     {"looks": N}: for how many looks a copy is pending that begins from now on
  GET, POST /_fake/tokens     ["…"]: the tokens that are good; all others have expired
"""

import json

from fake_s3.exchange import Response

PATH = "/_fake/"


def _json(value, status=200):
    return Response(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _faults(service, method, wanted):
    if method == "POST":
        service.faults.update({name: list(codes) for name, codes in wanted.items()})
    return service.faults


def _calls(service, method, _):
    if method == "DELETE":
        service.calls.clear()
    return dict(service.calls)


def _clock(service, method, wanted):
    if method == "POST":
        service.verifier.skew = float(wanted["seconds"])
    return {"seconds": service.verifier.skew}


def _deleting(service, method, wanted):
    if method == "POST":
        service.deleting_seconds = float(wanted["seconds"])
    return {"seconds": service.deleting_seconds}


def _copies(service, method, wanted):
    if method == "POST":
        service.copy_looks = int(wanted["looks"])
    return {"looks": service.copy_looks}


def _tokens(service, method, wanted):
    if method == "POST":
        service.verifier.tokens = set(wanted)
    return sorted(service.verifier.tokens)


_KNOWN = {"faults": _faults, "calls": _calls, "clock": _clock, "deleting": _deleting, "copies": _copies,
          "tokens": _tokens}


def answer(service, request, body):
    known = _KNOWN.get(request.raw_path[len(PATH):])
    if known is None:
        return _json({"error": f"there are {', '.join(_KNOWN)}"}, 404)
    try:
        return _json(known(service, request.method, json.loads(body) if body else {}))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)
