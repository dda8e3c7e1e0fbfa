"""What the graders of the fake machines share: a server each test, boto3's clients, and ways to make a machine."""

import functools
import io
import json
import os
import pathlib
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
from botocore.config import Config

from fake_compute.images import images_of
from fake_compute.knobs import Knobs
from fake_compute.service import make_server
from function_clients import trust

KEY, SECRET = "CKTESTFAKECOMPUTE001", "cktest-fakecompute-1"
WRONG_SECRET = "cktest-fakecompute-2"
REGION = "us-west-2"
SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
AL2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
IMAGE = next(one.id for one in images_of(REGION).values() if AL2023 in one.parameters)
HASTY = {"pending_looks": 0, "stop_looks": 0, "terminate_looks": 0, "agent_looks": 0, "invocation_looks": 0,
         "command_looks": 0, "group_busy_looks": 0, "volume_looks": 0}


class WithCompute(unittest.TestCase):
    knobs = {}

    def setUp(self):
        self.log = io.StringIO()
        directory = tempfile.TemporaryDirectory(prefix="cloudkit-machines-")
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        self.server = make_server({KEY: (SECRET, None)}, [REGION, "us-east-1", "eu-north-1"], Knobs(**self.knobs),
                                  directory=self.home, path=self.programs(), log=self.log).start()
        self.addCleanup(self.server.service.close)
        self.addCleanup(self.server.close)
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

    def programs(self):
        """Directories of programs that machines find first."""
        return []

    ec2 = functools.cached_property(lambda self: self.client("ec2"))
    ssm = functools.cached_property(lambda self: self.client("ssm"))
    ecr = functools.cached_property(lambda self: self.client("ecr"))
    sts = functools.cached_property(lambda self: self.client("sts"))
    iam = functools.cached_property(lambda self: self.client("iam", region="us-east-1"))

    @property
    def account(self):
        return self.server.service.accounts[KEY]

    def client(self, service, secret=SECRET, region=REGION, key=KEY):
        client = boto3.client(service, endpoint_url=self.server.url, region_name=region, aws_access_key_id=key,
                              **{"aws_secret_access_key": secret},
                              config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))
        self.addCleanup(client.close)
        return client

    def control(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.server.url}/_fake/accounts{path}", data, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
            return json.load(reply)

    def turn(self, **knobs):
        return self.control(f"/{KEY}/knobs", knobs)

    def refused(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def form(self, text, **headers):
        """(status, body) of a form that boto3 would not send, signed."""
        request = botocore.awsrequest.AWSRequest("POST", self.server.url + "/", data=text.encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **headers})
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(KEY, SECRET), "ec2", REGION).add_auth(request)
        sent = urllib.request.Request(request.url, request.data, dict(request.headers))
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def settings(self, **more):
        return {"ImageId": IMAGE, "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1, **more}

    def run_one(self, **more):
        return self.ec2.run_instances(**self.settings(**more))["Instances"][0]["InstanceId"]

    def describe(self, identity):
        return self.ec2.describe_instances(InstanceIds=[identity])["Reservations"][0]["Instances"][0]

    def state(self, identity):
        return self.describe(identity)["State"]["Name"]

    def until(self, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            self.assertLess(time.monotonic(), deadline, "it has not come true")
            time.sleep(0.01)
        return found

    def group(self, name="web", **more):
        return self.ec2.create_security_group(GroupName=name, Description="of a test", **more)["GroupId"]

    def vpc(self, default):
        """The id of a network."""
        return next(one["VpcId"] for one in self.ec2.describe_vpcs()["Vpcs"] if one["IsDefault"] == default)

    def profile(self, name="agent", policy=SSM_POLICY):
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
        if policy:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return {"Name": name}
