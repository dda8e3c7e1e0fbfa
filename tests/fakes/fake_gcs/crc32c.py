"""CRC-32C as the service writes it: base64, the most significant byte first."""

import base64

try:
    import google_crc32c
except ImportError:
    google_crc32c = None

try:
    from awscrt import checksums as _aws
except ImportError:
    _aws = None

_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


def _plain(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def crc32c(data):
    """Of bytes."""
    if google_crc32c:
        value = google_crc32c.value(bytes(data))
    elif _aws:
        value = _aws.crc32c(bytes(data))
    else:
        value = _plain(data)
    return base64.b64encode(value.to_bytes(4, "big")).decode()
