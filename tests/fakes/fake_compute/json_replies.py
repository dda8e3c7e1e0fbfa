"""Replies of the services that speak JSON 1.1."""

import json

from fake_s3.exchange import Response


def json_reply(value):
    return Response(200, json.dumps(value).encode(), {"Content-Type": "application/x-amz-json-1.1"})
