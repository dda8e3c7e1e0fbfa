"""Key pairs. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html"""

import base64
import hashlib
import re

from fake_s3.exchange import iso_date

from .finding import matching, page
from .query import FILTERS, RETURN, TAGS, items, operation
from .refusals import missing, refuse
from .state import Thing, new_id
from .tags import specified, tag_set

_TYPES = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}


class Key(Thing):
    def __init__(self, knobs, name, material, kind, tags, created):
        super().__init__(knobs, new_id("key"), tags)
        self.name, self.material, self.type, self.created = name, material, kind, created
        blob = base64.b64decode(material.split()[1])
        # Of ED25519 it is the one that OpenSSH shows: verify-keys.html
        digest = hashlib.md5(blob).hexdigest()
        self.fingerprint = (base64.b64encode(hashlib.sha256(blob).digest()).decode() if kind == "ed25519"
                            else ":".join(re.findall("..", digest)))


def _public_key(text):
    """(the line of OpenSSH, its type) of what base64 has."""
    try:
        line = base64.b64decode(text, validate=True).decode("ascii").strip()
        name, encoded = line.split()[:2]
        blob = base64.b64decode(encoded, validate=True)
        if name in _TYPES and blob.startswith(len(name).to_bytes(4, "big") + name.encode()) and len(blob) > 40:
            return line, _TYPES[name]
    except ValueError:
        pass
    raise refuse("InvalidKey.Format", "Key is not in valid OpenSSH public key format")


@operation("ImportKeyPair", "KeyName!", "PublicKeyMaterial!", *TAGS)
def import_key_pair(call):
    name = call.get("KeyName")
    if not name.isascii() or not 1 <= len(name) <= 255:
        raise refuse("InvalidParameterValue", "Value for parameter KeyName is invalid: up to 255 ASCII characters")
    line, kind = _public_key(call.get("PublicKeyMaterial"))
    if name in call.region.keys:
        raise refuse("InvalidKeyPair.Duplicate", f"The keypair '{name}' already exists.")
    tags = specified(call, "key-pair")["key-pair"]
    call.proceed()
    key = Key(call.account.knobs, name, line, kind, tags, iso_date(None))
    call.region.keys[name] = key
    return [("keyName", name), ("keyFingerprint", key.fingerprint), ("keyPairId", key.id), tag_set(key)]


def find_key(call, name):
    key = call.region.keys.get(name)
    if key is None or not key.is_seen():
        raise refuse("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
    return key


def _find_id(call, identity):
    for key in call.region.keys.values():
        if key.id == identity and key.is_seen():
            return key
    raise refuse("InvalidKeyPair.NotFound", f"The key pair ID '{identity}' does not exist")


_VALUES = {"key-name": lambda key: [key.name], "key-pair-id": lambda key: [key.id],
           "fingerprint": lambda key: [key.fingerprint]}


@operation("DescribeKeyPairs", "KeyName.n", "KeyPairId.n", "IncludePublicKey", *FILTERS)
def describe_key_pairs(call):
    named = [find_key(call, name) for name in call.list("KeyName")]
    named += [_find_id(call, identity) for identity in call.list("KeyPairId")]
    found = named or [key for key in call.region.keys.values() if key.is_seen()]
    shown, _ = page(call, matching(call, found, _VALUES))
    return [items("keySet", [[
        ("keyPairId", key.id), ("keyFingerprint", key.fingerprint), ("keyName", key.name), ("keyType", key.type), tag_set(key),
        ("publicKey", key.material if call.boolean("IncludePublicKey") else None), ("createTime", key.created)]
        for key in shown])]


@operation("DeleteKeyPair", "KeyName", "KeyPairId")
def delete_key_pair(call):
    """One that there is not is deleted, as AWS answers since ever; but by an id it must be there."""
    if call.get("KeyPairId"):
        name = _find_id(call, call.get("KeyPairId")).name
    elif call.get("KeyName"):
        name = call.get("KeyName")
    else:
        raise missing("KeyName")
    call.proceed()
    key = call.region.keys.pop(name, None)
    return [*RETURN, ("keyPairId", key.id if key else None)]
