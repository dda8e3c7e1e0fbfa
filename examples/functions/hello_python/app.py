"""Answers an HTTP trigger, or any other event, with a greeting."""
import json
import platform


def handler(event, context):
    query = event.get("queryStringParameters") or {}
    name = query.get("name") or event.get("name") or "cloud"
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": f"hello, {name}", "python": platform.python_version(),
                            "function": context.function_name}),
        "isBase64Encoded": False,
    }
