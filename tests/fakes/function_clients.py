"""What the graders of the fake functions share: a server each test, boto3's clients, and ways to make a function."""

import io
import json
import os
import unittest
import zipfile

import boto3
import botocore.exceptions
from botocore.config import Config

from fake_functions.knobs import Knobs
from fake_functions.service import make_server

KEY, SECRET = "CKTESTFAKEFUNCTION01", "cktest-fakefunctions-1"
WRONG_SECRET = "cktest-fakefunctions-2"
REGION = "us-west-2"
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
PYTHON = """
def handler(event, context):
    print("hello", event.get("name"))
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "hello " + str(event.get("httpMethod"))}
"""


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


def zip_of(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


CODE = zip_of({"bootstrap": "#!/bin/sh\n"})


class WithFunctions(unittest.TestCase):
    knobs = Knobs()

    def setUp(self):
        self.log = io.StringIO()
        self.server = make_server({KEY: (SECRET, None)}, [REGION, "us-east-1"], self.knobs, log=self.log).start()
        self.addCleanup(self.server.close)
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        for name in ("lambda", "iam", "apigateway", "scheduler", "events", "logs"):
            # With an endpoint of one's own, boto3 does not know that IAM is global.
            client = self.client(name, region="us-east-1" if name == "iam" else REGION)
            setattr(self, name.replace("lambda", "lambdas"), client)

    def client(self, service, secret=SECRET, region=REGION, **config):
        keys = {"aws_access_key_id": KEY, "aws_secret_access_key": secret}
        client = boto3.client(service, endpoint_url=self.server.url, region_name=region, **keys,
                              config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, **config))
        self.addCleanup(client.close)
        return client

    def refused(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response

    def role(self, name="exec", service="lambda.amazonaws.com", logs=True):
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
        if logs:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=LOGS)
        self.server.service.account.roles[name].attempts = 0
        return arn

    def settings(self, role, **more):
        return {"FunctionName": "hello", "Role": role, "Runtime": "provided.al2023", "Handler": "behaviour.echo",
                "Code": {"ZipFile": CODE}, **more}

    def active(self, name="hello", **more):
        """A function that can be invoked; its ARN."""
        role = more.pop("Role", None) or self.role(f"{name}-exec")
        if more.get("Runtime", "").startswith("python"):
            more = {"Timeout": 30, **more}  # Three seconds are few on a busy machine.
        made = self.lambdas.create_function(**self.settings(role, FunctionName=name, **more))
        while self.lambdas.get_function_configuration(FunctionName=name)["State"] != "Active":
            pass
        return made["FunctionArn"]

    def invoke(self, payload=b"{}", **more):
        reply = self.lambdas.invoke(FunctionName="hello", Payload=payload, **more)
        return reply, reply["Payload"].read()
