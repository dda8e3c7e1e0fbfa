"""boto3 grades what runs on the fake's machines, user data and commands, and the services around: Systems Manager, IAM, ECR
and STS."""

import base64
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from compute_clients import AL2023, HASTY, IMAGE, KEY, REGION, SECRET, SSM_POLICY, WithCompute
from function_clients import trust

HERE = pathlib.Path(__file__).resolve().parent
# What detaches itself as servers do, and tells its process's id.
DAEMON = "setsid sh -c 'echo $$ > daemon.pid; exec sleep 600' >/dev/null 2>&1 &"


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def any_names(text):
    """Whether the command of a process does."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if text in path.read_text(errors="replace"):
                return True
    return False


class WithMachines(WithCompute):
    knobs = HASTY

    def files(self, identity):
        return pathlib.Path(self.control(f"/{KEY}/machines")[identity]["directory"])

    def pid(self, identity):
        path = self.files(identity) / "daemon.pid"
        return int(self.until(lambda: path.exists() and path.read_text()))

    def console(self, identity):
        output = self.ec2.get_console_output(InstanceId=identity).get("Output")
        return None if output is None else output.replace("\r\n", "\n")

    def managed(self, **more):
        if "agent" not in self.account.profiles:
            self.profile()
        return self.run_one(IamInstanceProfile={"Name": "agent"}, **more)

    def send(self, identity, *commands, **parameters):
        made = self.ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[identity], TimeoutSeconds=30,
                                     Parameters={"commands": list(commands), **parameters})["Command"]
        return {"CommandId": made["CommandId"], "InstanceId": identity}

    def ended(self, invocation):
        def look():
            told = self.ssm.get_command_invocation(**invocation)
            return told if told["Status"] not in ("Pending", "InProgress") else None
        return self.until(look)

    def run_command(self, identity, *commands, **parameters):
        return self.ended(self.send(identity, *commands, **parameters))


class UserData(WithMachines):
    def test_it_runs_once_and_is_on_the_console(self):
        identity = self.run_one(UserData="#!/bin/sh\necho marker-$((6*7)); echo to-stderr >&2; pwd; echo x >> boots\n")
        self.turn(console_looks=1)
        self.until((self.files(identity) / "boots").exists)  # The last thing it does.
        self.until(lambda: "to-stderr" in (self.console(identity) or ""))
        self.assertIn("marker-42\n", self.console(identity))
        self.assertIn(f"{self.files(identity)}\n", self.console(identity))
        self.ec2.describe_instances()
        self.ec2.reboot_instances(InstanceIds=[identity])
        self.ec2.stop_instances(InstanceIds=[identity])
        self.ec2.describe_instances()
        self.ec2.start_instances(InstanceIds=[identity])
        self.assertEqual(self.control(f"/{KEY}/machines")[identity]["boots"], 3)
        time.sleep(0.1)
        self.assertEqual((self.files(identity) / "boots").read_text(), "x\n")

    def test_console_is_late_and_latest_is_nitros(self):
        self.turn(console_looks=2)
        identity = self.run_one()
        self.assertEqual([self.console(identity) is None for _ in range(3)], [True, True, False])
        self.refused("UnsupportedOperation", self.ec2.get_console_output, InstanceId=identity, Latest=True)
        nitro = self.run_one(InstanceType="t3.micro")
        self.ec2.get_console_output(InstanceId=nitro, Latest=True)

    def test_what_has_no_interpreter_does_not_run(self):
        identity = self.run_one(UserData="#cloud-config\npackages: [nginx]\n")
        self.assertFalse((self.files(identity).parent / "user-data").exists())

    def test_nothing_of_the_fake_is_in_its_environment(self):
        os.environ["CLOUDKIT_OF_THE_FAKE"] = "1"
        self.addCleanup(os.environ.pop, "CLOUDKIT_OF_THE_FAKE")
        identity = self.run_one(UserData="#!/bin/sh\nenv > environment.new; mv environment.new environment\n")
        path = self.files(identity) / "environment"
        self.until(path.exists)
        self.assertNotIn("CLOUDKIT", path.read_text())
        self.assertIn(f"HOME={path.parent}\n", path.read_text())

    def test_what_would_change_this_system_does_nothing(self):
        identity = self.run_one(UserData="#!/bin/sh\nset -e\napt-get install -y nginx\n"
                                "sudo -n -u root systemctl enable --now nginx\necho end\n")
        self.until(lambda: "end\n" in (self.console(identity) or ""))
        self.assertEqual((self.files(identity) / "calls").read_text(),
                         "apt-get install -y nginx\nsystemctl enable --now nginx\n")
        self.assertIn("apt-get: install -y nginx (not done: this machine is a fake)\n", self.console(identity))

    def test_a_server_answers_at_the_public_address_until_it_is_stopped(self):
        script = (f"#!/bin/sh\necho hello > index.html\nsetsid {sys.executable} -u -m http.server 0 --bind 127.0.0.1 "
                  "> port 2>&1 &\n")
        for end in (self.ec2.stop_instances, self.ec2.terminate_instances, self.ec2.reboot_instances):
            with self.subTest(end.__name__):
                identity = self.run_one(UserData=script)
                path = self.files(identity) / "port"
                text = self.until(lambda path=path: path.exists() and "(" in path.read_text() and path.read_text())
                url = text.partition("(")[2].partition(")")[0]
                self.assertTrue(url.startswith(f"http://{self.describe(identity)['PublicIpAddress']}:"))
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(url) as reply:
                    self.assertEqual(reply.read(), b"hello\n")
                end(InstanceIds=[identity])
                with self.assertRaises(urllib.error.URLError):
                    opener.open(url)

    def test_what_does_not_end_by_itself_is_ended(self):
        identity = self.run_one(UserData="#!/bin/sh\n(trap '' TERM; echo $$ > daemon.new; mv daemon.new daemon.pid; "
                                "while :; do sleep 0.1; done)\n")
        pid = self.pid(identity)
        self.ec2.describe_instances()
        self.ec2.stop_instances(InstanceIds=[identity])
        self.assertFalse(is_alive(pid))

    def test_machines_die_with_the_fake_however_it_dies(self):
        with tempfile.TemporaryDirectory() as directory:
            fake = subprocess.Popen(
                [sys.executable, "-m", "fake_compute", "--key", f"{KEY}:{SECRET}", "--directory", directory],
                stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(HERE)})
            self.addCleanup(fake.stdout.close)
            self.addCleanup(fake.wait)
            self.addCleanup(fake.kill)
            self.server.url = fake.stdout.readline().strip()
            self.ec2 = self.client("ec2")
            identity = self.run_one(UserData=f"#!/bin/sh\n{DAEMON}\n")
            pid = self.pid(identity)
            self.assertTrue(is_alive(pid))
            fake.send_signal(signal.SIGKILL)
            self.until(lambda: not is_alive(pid))
            # Their keepers still write there for a moment.
            self.until(lambda: not any_names(directory))


class Commands(WithMachines):
    def test_output_and_exit_code(self):
        identity = self.managed()
        told = self.run_command(identity, "echo out; echo err >&2", "pwd")
        self.assertEqual((told["Status"], told["StatusDetails"], told["ResponseCode"]), ("Success", "Success", 0))
        self.assertEqual(told["StandardOutputContent"], f"out\n{self.files(identity)}\n")
        self.assertEqual(told["StandardErrorContent"], "err\n")
        self.assertRegex(told["ExecutionElapsedTime"], r"^PT\d+\.\d+S$")
        told = self.run_command(identity, "echo why >&2", "exit 3")
        self.assertEqual((told["Status"], told["ResponseCode"]), ("Failed", 3))
        self.assertEqual(told["StandardErrorContent"], "why\nfailed to run commands: exit status 3")
        told = self.run_command(identity, "kill -9 $$")
        self.assertEqual((told["Status"], told["ResponseCode"]), ("Failed", -1))
        self.assertEqual(told["StandardErrorContent"], "failed to run commands: signal: killed")
        told = self.run_command(identity, "echo out", "exit 137")  # The agent's own code.
        self.assertEqual((told["Status"], told["StatusDetails"], told["ResponseCode"], told["StandardOutputContent"]),
                         ("TimedOut", "ExecutionTimedOut", 137, "out\n"))

    def test_names_of_parameters_are_replaced_in_scripts(self):
        name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        told = self.run_command(self.managed(), f"echo {{{{ ssm:{name} }}}} '{{{{.Id}}}}' {{{{ssm:}}}}")
        self.assertRegex(told["StandardOutputContent"], r"^ami-[0-9a-f]+ \{\{\.Id\}\} \{\{ssm:\}\}\n$")

    def test_a_script_may_have_another_interpreter(self):
        told = self.run_command(self.managed(), "#!/usr/bin/env python3", "import sys", "print(len(sys.argv))")
        self.assertEqual((told["Status"], told["StandardOutputContent"]), ("Success", "1\n"))

    def test_output_is_cut(self):
        told = self.run_command(self.managed(), "head -c 30000 /dev/zero | tr '\\0' o; head -c 9000 /dev/zero | tr '\\0' e >&2")
        self.assertEqual((len(told["StandardOutputContent"]), len(told["StandardErrorContent"])), (24_000, 8_000))
        told = self.run_command(self.managed(), "for i in $(seq 25000); do printf ü; done; printf '\\377'")
        self.assertEqual(told["StandardOutputContent"], "ü" * 24_000)  # Characters, not bytes.

    def test_time_outs_end_all_of_it(self):
        identity = self.managed()
        told = self.run_command(identity, DAEMON, "echo started; sleep 600", executionTimeout=["2"])
        self.assertEqual((told["Status"], told["StatusDetails"], told["ResponseCode"], told["StandardOutputContent"]),
                         ("TimedOut", "ExecutionTimedOut", 137, ""))
        pid = self.pid(identity)
        self.until(lambda: not is_alive(pid))

    def test_what_a_command_leaves_behind_runs_on_until_the_machine_stops(self):
        identity = self.managed()
        self.assertEqual(self.run_command(identity, DAEMON)["Status"], "Success")
        pid = self.pid(identity)
        self.assertTrue(is_alive(pid))
        self.ec2.describe_instances()
        self.ec2.stop_instances(InstanceIds=[identity])
        self.assertFalse(is_alive(pid))

    def test_cancelled(self):
        identity = self.managed()
        invocation = self.send(identity, "sleep 600")
        self.assertEqual(self.ssm.get_command_invocation(**invocation)["Status"], "InProgress")
        self.ssm.cancel_command(CommandId=invocation["CommandId"])
        self.assertEqual(self.ended(invocation)["Status"], "Cancelled")
        done = self.send(identity, "true")
        self.assertEqual(self.ended(done)["Status"], "Success")
        self.ssm.cancel_command(CommandId=done["CommandId"], InstanceIds=[identity])
        self.assertEqual(self.ended(done)["Status"], "Success")
        self.refused("InvalidCommandId", self.ssm.cancel_command, CommandId="0" * 36)

    def test_invocations_are_late_and_then_in_progress(self):
        identity = self.managed()
        self.turn(invocation_looks=2, command_looks=1)
        invocation = self.send(identity, "true")
        for _ in range(2):
            self.refused("InvocationDoesNotExist", self.ssm.get_command_invocation, **invocation)
        told = self.ssm.get_command_invocation(**invocation)
        self.assertEqual((told["Status"], told["ResponseCode"], told["StandardOutputContent"]), ("InProgress", -1, ""))
        self.assertEqual(self.ended(invocation)["Status"], "Success")
        self.refused("InvocationDoesNotExist", self.ssm.get_command_invocation, CommandId=invocation["CommandId"],
                     InstanceId="i-0123456789abcdef0")

    def test_a_machine_that_stops_does_not_report(self):
        identity = self.managed()
        invocation = self.send(identity, "sleep 600")
        self.ec2.describe_instances()
        self.ec2.stop_instances(InstanceIds=[identity])
        self.assertEqual(self.ended(invocation)["StatusDetails"], "ExecutionTimedOut")

    def test_each_boot_has_its_id(self):
        identity = self.managed()
        ids = set()
        for _ in range(2):
            told = self.run_command(identity, "cat /proc/sys/kernel/random/boot_id")
            ids.add(told["StandardOutputContent"])
            self.assertEqual(self.run_command(identity, "cat /proc/sys/kernel/random/boot_id")["StandardOutputContent"],
                             told["StandardOutputContent"])
            self.ec2.reboot_instances(InstanceIds=[identity])
        self.assertEqual(len(ids), 2)

    def test_bad_commands_are_refused(self):
        identity = self.managed()
        good = {"DocumentName": "AWS-RunShellScript", "InstanceIds": [identity], "Parameters": {"commands": ["true"]}}
        for code, more in (
                ("InvalidDocument", {"DocumentName": "AWS-RunNothing"}), ("InvalidParameters", {"Parameters": {}}),
                ("InvalidParameters", {"Parameters": {"commands": ["true"], "timeout": ["1"]}}),
                ("InvalidParameters", {"Parameters": {"commands": ["true"], "executionTimeout": ["0"]}}),
                ("InvalidParameters", {"Parameters": {"commands": ["true"], "executionTimeout": ["172801"]}}),
                ("ValidationException", {"TimeoutSeconds": 29}), ("ValidationException", {"Comment": "x" * 101}),
                ("ValidationException", {"InstanceIds": [identity] * 51}), ("ValidationException", {"InstanceIds": []}),
                ("InvalidInstanceId", {"InstanceIds": [identity, "i-0123456789abcdef0"]})):
            with self.subTest(more):
                self.refused(code, self.ssm.send_command, **{**good, **more})
        self.refused("ValidationException", self.ssm.get_command_invocation, CommandId="x", InstanceId=identity)


class Agents(WithMachines):
    def pings(self, identity):
        found = self.ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [identity]}])
        return [one["PingStatus"] for one in found["InstanceInformationList"]]

    def test_an_agent_is_online_some_looks_after_boot(self):
        self.turn(agent_looks=2)
        identity = self.managed()
        self.assertEqual([self.pings(identity) for _ in range(3)], [[], [], ["Online"]])
        self.ec2.reboot_instances(InstanceIds=[identity])
        self.assertEqual([self.pings(identity) for _ in range(3)], [["ConnectionLost"], ["ConnectionLost"], ["Online"]])
        self.ec2.stop_instances(InstanceIds=[identity])
        self.assertEqual(self.pings(identity), ["ConnectionLost"])
        with self.assertRaises(self.ssm.exceptions.InvalidInstanceId):
            self.send(identity, "true")

    def test_without_a_profile_that_may_there_is_none(self):
        other = self.profile("other", policy=None)
        for identity in (self.run_one(), self.run_one(IamInstanceProfile=other)):
            self.assertEqual(self.pings(identity), [])
            with self.assertRaises(self.ssm.exceptions.InvalidInstanceId):
                self.send(identity, "true")
        self.refused("InvalidFilterKey", self.ssm.describe_instance_information,
                     Filters=[{"Key": "Colour", "Values": ["red"]}])
        self.refused("ValidationException", self.ssm.describe_instance_information, MaxResults=4)

    def test_pages(self):
        ids = sorted(self.managed() for _ in range(7))
        pages = self.ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 5})
        self.assertEqual([one["InstanceId"] for page in pages for one in page["InstanceInformationList"]], ids)


class Around(WithMachines):
    def test_public_parameters_name_images(self):
        told = self.ssm.get_parameter(Name=AL2023)["Parameter"]
        self.assertEqual((told["Value"], told["DataType"]), (IMAGE, "aws:ec2:image"))
        for name in ("/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
                     "/aws/service/debian/release/12/latest/amd64"):
            self.run_one(ImageId=self.ssm.get_parameter(Name=name)["Parameter"]["Value"])
        self.assertNotEqual(self.client("ssm", region="us-east-1").get_parameter(Name=AL2023)["Parameter"]["Value"], IMAGE)
        self.refused("ParameterNotFound", self.ssm.get_parameter, Name="/aws/service/none")
        self.refused("ValidationException", self.ssm.get_parameter, Name="a b")

    def test_instance_profiles(self):
        self.iam.create_instance_profile(InstanceProfileName="p")
        self.refused("EntityAlreadyExists", self.iam.create_instance_profile, InstanceProfileName="p")
        self.assertIn("no associated IAM Roles", self.refused(
            "InvalidParameterValue", self.ec2.run_instances, **self.settings(IamInstanceProfile={"Name": "p"})))
        for name in ("one", "two"):
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
        self.iam.attach_role_policy(RoleName="one", PolicyArn=SSM_POLICY)
        self.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="one")
        self.refused("LimitExceeded", self.iam.add_role_to_instance_profile, InstanceProfileName="p", RoleName="two")
        found = self.iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]
        self.assertEqual([role["RoleName"] for role in found["Roles"]], ["one"])
        self.assertEqual(self.describe(self.run_one(IamInstanceProfile={"Arn": found["Arn"]}))["IamInstanceProfile"]["Arn"],
                         found["Arn"])
        self.assertEqual(self.iam.list_instance_profiles_for_role(RoleName="one")["InstanceProfiles"][0]["Arn"],
                         found["Arn"])
        self.iam.detach_role_policy(RoleName="one", PolicyArn=SSM_POLICY)
        self.refused("DeleteConflict", self.iam.delete_role, RoleName="one")
        self.refused("DeleteConflict", self.iam.delete_instance_profile, InstanceProfileName="p")
        self.iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="one")
        self.iam.delete_instance_profile(InstanceProfileName="p")
        self.iam.delete_role(RoleName="one")
        self.refused("NoSuchEntity", self.iam.get_instance_profile, InstanceProfileName="p")

    def test_a_new_profile_is_late(self):
        self.turn(role_attempts=1)
        profile = self.profile()
        self.assertIn("Invalid IAM Instance Profile name", self.refused(
            "InvalidParameterValue", self.ec2.run_instances, **self.settings(IamInstanceProfile=profile)))
        self.run_one(IamInstanceProfile=profile)

    def test_registry(self):
        granted = self.ecr.get_authorization_token()["authorizationData"][0]
        self.assertTrue(base64.b64decode(granted["authorizationToken"]).startswith(b"AWS:cktest-"))
        self.assertEqual(granted["proxyEndpoint"], f"https://123456789012.dkr.ecr.{REGION}.amazonaws.com")
        self.assertGreater(granted["expiresAt"].timestamp(), time.time() + 11 * 3600)
        self.refused("RepositoryNotFoundException", self.ecr.describe_repositories, repositoryNames=["team/web"])
        made = self.ecr.create_repository(repositoryName="team/web")["repository"]
        self.assertEqual(made["repositoryUri"], f"123456789012.dkr.ecr.{REGION}.amazonaws.com/team/web")
        self.refused("RepositoryAlreadyExistsException", self.ecr.create_repository, repositoryName="team/web")
        self.refused("InvalidParameterException", self.ecr.create_repository, repositoryName="Team/Web")
        self.ecr.create_repository(repositoryName="api")
        pages = self.ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1})
        self.assertEqual([one["repositoryName"] for page in pages for one in page["repositories"]], ["api", "team/web"])
        self.ecr.delete_repository(repositoryName="api")
        self.assertEqual(len(self.ecr.describe_repositories()["repositories"]), 1)

    def test_who_it_is(self):
        self.assertEqual(self.sts.get_caller_identity()["Account"], "123456789012")

    def test_what_the_services_do_not_know_is_not_looked_away_from(self):
        self.refused("NotImplemented", self.ssm.list_commands)
        self.refused("NotImplemented", self.ssm.send_command, DocumentName="AWS-RunShellScript", InstanceIds=["i-1"],
                     OutputS3BucketName="b")
        self.assertIn("NOT IMPLEMENTED: ssm", self.log.getvalue())

    def test_control(self):
        self.assertEqual(self.turn(pending_looks=7)["pending_looks"], 7)
        for path, body in ((f"/{KEY}/knobs", {"none": 1}), (f"/{KEY}/knobs", {"throttle": "1"}),
                           (f"/{KEY}/knobs", {"throttle": True}), (f"/{KEY}/faults", {"RunInstances": "x"}),
                           (f"/{KEY}/none", {}), ("/nobody/knobs", {})):
            with self.subTest(path, body=body), self.assertRaises(urllib.error.HTTPError) as caught:
                self.control(path, body)
            self.assertIn("error", json.load(caught.exception))
        self.assertEqual(self.control(f"/{KEY}/knobs")["throttle"], 0)


if __name__ == "__main__":
    unittest.main()
