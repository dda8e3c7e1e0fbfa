"""From a request to its reply: which account and service, which operation; throttled or failing as tests ask."""

import contextlib
import dataclasses
import pathlib
import shutil
import sys
import tempfile
import threading

from fake_functions import iam, routing  # noqa: F401  # pylint: disable=unused-import
from fake_functions.answering import Answering
from fake_functions.signing import ServiceVerifier, access_key_of
from fake_s3.exchange import Response
from fake_s3.server import Server

# Imported to be known by their operations.
from . import attributes, commands, groups, identity, images, instances, keys  # noqa: F401  # pylint: disable=unused-import
from . import network, profiles, systems, tags, volumes  # noqa: F401  # pylint: disable=unused-import
from . import control, query
from .knobs import Knobs
from .machine import Place
from .refusals import injected
from .state import Account


class ComputeVerifier(ServiceVerifier):
    services = frozenset({"ec2", "ssm", "ecr", "iam", "sts"})


class Service(Answering):
    verifier = ComputeVerifier

    def __init__(self, keys, regions, knobs=None, directory=None, path=(), log=sys.stderr):
        self._keys = dict(keys)
        super().__init__(self._keys, regions, log)
        self.knobs = knobs or Knobs()
        self._temporary = None if directory else tempfile.mkdtemp(prefix="cloudkit-machines-")
        self._place = Place(pathlib.Path(directory or self._temporary), tuple(path))
        self._lock = threading.Lock()
        # Each access key is an account of its own, so that tests do not see each other.
        self.accounts = {key: self._new_account(dataclasses.replace(self.knobs)) for key in keys}

    def _new_account(self, knobs):
        return Account(knobs, self._place)

    def add_account(self, knobs):
        with self._lock:
            number = len(self._keys) + 1
            key, secret = f"CKTESTCOMPUTE{number:07d}", f"cktest-compute-{number}"
            self._keys[key] = (secret, None)
            self.accounts[key] = self._new_account(knobs)
        return key, secret

    def end_account(self, key):
        """Its machines end, and it is a new one as far as anyone who knows the key can see."""
        account = self.accounts[key]
        with account.lock:
            for region in account.regions.values():
                for instance in region.instances.values():
                    instance.machine.remove()
        self.accounts[key] = self._new_account(dataclasses.replace(self.knobs))

    def close(self):
        for key in list(self.accounts):
            self.end_account(key)
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _answer(self, service, request, request_id):
        if request.raw_path == control.PATH or request.raw_path.startswith(control.PATH + "/"):
            return control.answer(self, request)
        if request.method == "GET" and request.raw_path == "/" and not service:
            return Response(200, b"")  # Is it there?
        signed = self._check(service, request)
        account = self.accounts[access_key_of(request)]
        with account.lock:
            if service == "ec2":
                name, form = query.action_of(request)
            else:
                name = request.header("x-amz-target").partition(".")[2] or routing.form_of(request).get("Action", "")
            account.calls.append((service, name))
            self._throttle(account, service)
            with _faulty(account, name):
                if service != "ec2":
                    return routing.dispatch(account, service, request, signed.region)
                return query.run(query.Call(account, account.region(signed.region), name), form, request_id)

    @staticmethod
    def _throttle(account, service):
        if account.knobs.throttle > 0:
            account.knobs.throttle -= 1
            raise injected("RequestLimitExceeded" if service == "ec2" else "ThrottlingException")


@contextlib.contextmanager
def _faulty(account, name):
    code = account.faults[name].pop(0) if account.faults.get(name) else None
    if code and code != "LostReply":
        raise injected(code)
    yield
    if code:
        raise injected("InternalError")


def make_server(keys, regions, knobs=None, port=0, directory=None, path=(), log=sys.stderr):
    """A Server, not started; `server.service` is the Service, to be closed, too. `path` comes first in that of machines."""
    server = Server(service := Service(keys, regions, knobs, directory, path, log), ("127.0.0.1", port))
    server.service = service
    return server
