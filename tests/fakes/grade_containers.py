"""A container goes all the way: built and pushed by the scripted docker with what boto3 gets from ECR, pulled and run by the
user data of a fake machine, and fetched."""

import base64
import os
import subprocess
import sys
import unittest

from compute_clients import HASTY, REGION, WithCompute
from docker_engine import APP, ROOT, fetch, fetched, free_port

sys.path.insert(0, str(ROOT / "tests" / "servers"))
import compute  # noqa: E402  # pylint: disable=wrong-import-position

USER_DATA = """#!/bin/sh
set -eu
dnf install -y docker
systemctl enable --now docker
aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {registry}
docker rm -f app >/dev/null 2>&1 || true
docker run -d --name app --restart always -p {port}:5000 {image}
echo deployed
"""


class Containers(WithCompute):
    knobs = HASTY

    def programs(self):
        self.bin = compute.make_programs(self.home)
        return [self.bin]

    def docker(self, *arguments, data=""):
        environment = {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.home)}
        subprocess.run(["docker", *arguments], env=environment, input=data, text=True, check=True, capture_output=True)

    def test_from_a_directory_to_a_page(self):
        image = self.ecr.create_repository(repositoryName="app")["repository"]["repositoryUri"] + ":1"
        granted = self.ecr.get_authorization_token()["authorizationData"][0]
        user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
        registry, port = image.partition("/")[0], free_port()
        self.docker("build", "-t", image, str(APP))
        self.docker("login", "--username", user, "--password-stdin", granted["proxyEndpoint"], data=password)
        self.docker("push", image)
        identity = self.run_one(UserData=USER_DATA.format(region=REGION, registry=registry, port=port, image=image))
        address = self.describe(identity)["PublicIpAddress"]
        self.assertEqual(fetched(f"http://{address}:{port}/health")[0], 200)
        self.assertIn("Hello from a container", fetched(f"http://{address}:{port}/")[1])
        self.until(lambda: "deployed" in self.ec2.get_console_output(InstanceId=identity).get("Output", ""))
        self.ec2.terminate_instances(InstanceIds=[identity])
        with self.assertRaises(OSError):
            fetch(f"http://{address}:{port}/health")


if __name__ == "__main__":
    unittest.main()
