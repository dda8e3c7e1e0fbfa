"""boto3 grades the fake of EC2's instances: what AWS's own client sends is taken, what breaks a rule is refused as AWS
does, states and tokens are those of the documents."""

import base64
import unittest
import urllib.error
import urllib.request

from compute_clients import IMAGE, KEY, REGION, WRONG_SECRET, WithCompute
from fake_compute.images import images_of

ABSENT = "i-0123456789abcdef0"


class Signatures(WithCompute):
    def test_wrong_secrets_are_refused_by_every_service(self):
        for service, call, code in (("ec2", "describe_instances", "AuthFailure"),
                                    ("ssm", "describe_instance_information", "InvalidSignatureException"),
                                    ("ecr", "describe_repositories", "InvalidSignatureException"),
                                    ("iam", "list_roles", "SignatureDoesNotMatch"),
                                    ("sts", "get_caller_identity", "SignatureDoesNotMatch")):
            with self.subTest(service):
                region = "us-east-1" if service == "iam" else REGION
                self.refused(code, getattr(self.client(service, WRONG_SECRET, region), call))

    def test_scopes_are_checked(self):
        self.refused("IncompleteSignature", self.client("ec2", region="xx-nowhere-1").describe_instances)
        self.refused("AuthFailure", self.client("ec2", key="CKTESTNOBODY00000001").describe_instances)
        self.refused("SignatureDoesNotMatch", self.client("iam").list_roles)

    def test_unsigned_requests_are_refused(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.server.url, b"Action=DescribeVpcs")
        self.assertEqual(caught.exception.status, 403)


class Forms(WithCompute):
    """What boto3 does not send."""

    def test_errors_have_the_form_of_ec2(self):
        status, body = self.form("Action=DescribeInstances&Version=2016-11-15&InstanceId.1=x%3C")
        self.assertEqual(status, 400)
        self.assertRegex(body, r"<Response><Errors><Error><Code>InvalidInstanceID.Malformed</Code><Message>Invalid id: "
                         r"(\"|&quot;)x&lt;.*</Message></Error></Errors><RequestID>[0-9a-f-]{36}</RequestID></Response>")

    def test_what_is_not_understood_is_refused(self):
        version = "&Version=2016-11-15"
        for text, code in (
                ("Version=2016-11-15", "MissingAction"), ("Action=LaunchMissiles" + version, "InvalidAction"),
                ("Action=DescribeInstances&Version=2014-10-01", "NoSuchVersion"), ("Action=DescribeVpcs", "NoSuchVersion"),
                ("Action=DescribeInstances&InstanceIds.1=i-1" + version, "UnknownParameter"),
                ("Action=DescribeInstances&InstanceId=i-1" + version, "UnknownParameter"),
                ("Action=DescribeInstances&Filter.1.Values.1=x" + version, "UnknownParameter"),
                ("Action=StartInstances&InstanceId.0=i-1" + version, "InvalidQueryParameter"),
                ("Action=StartInstances&InstanceId.1=i-1&InstanceId.1=i-2" + version, "InvalidQueryParameter"),
                ("Action=StartInstances" + version, "MissingParameter"),
                ("Action=DescribeInstances&MaxResults=many" + version, "InvalidParameterValue"),
                ("Action=StopInstances&InstanceId.1=i-12345678&Force=yes" + version, "InvalidInstanceID.NotFound"),
                ("Action=DescribeInstances&DryRun=yes" + version, "InvalidParameterValue"),
                ("Action" + version, "MalformedQueryString"), ("Action=%FF" + version, "MalformedQueryString")):
            with self.subTest(text):
                status, body = self.form(text)
                self.assertEqual(status, 400)
                self.assertIn(f"<Code>{code}</Code>", body)
        self.assertIn("<Code>InvalidQueryParameter</Code>", self.form("{}", **{"Content-Type": "application/json"})[1])

    def test_replies_are_of_the_namespace(self):
        self.assertRegex(self.form("Action=DescribeVpcs&Version=2016-11-15")[1], r'<DescribeVpcsResponse '
                         r'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>[0-9a-f-]{36}</requestId><vpcSet><item>')


class Launching(WithCompute):
    def test_what_is_asked_for_is_what_is_described(self):
        made = self.ec2.run_instances(**self.settings(
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web <1> & ü"}]}],
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2}, ClientToken="token-1",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}}]))
        instance = made["Instances"][0]
        self.assertRegex(instance["InstanceId"], "^i-[0-9a-f]{17}$")
        self.assertEqual(instance["State"], {"Code": 0, "Name": "pending"})
        self.assertNotIn("PublicIpAddress", instance)
        self.assertEqual(self.state(instance["InstanceId"]), "pending")
        instance = self.describe(instance["InstanceId"])
        self.assertEqual(instance["State"], {"Code": 16, "Name": "running"})
        self.assertEqual(instance["PublicIpAddress"], "127.0.0.1")
        self.assertEqual(instance["Tags"], [{"Key": "Name", "Value": "web <1> & ü"}])
        self.assertEqual(instance["MetadataOptions"]["HttpTokens"], "required")
        self.assertEqual(instance["MetadataOptions"]["HttpPutResponseHopLimit"], 2)
        self.assertEqual((instance["ImageId"], instance["InstanceType"], instance["ClientToken"]),
                         (IMAGE, "t2.micro", "token-1"))
        self.assertEqual(instance["SecurityGroups"][0]["GroupName"], "default")
        volume = self.ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id",
                                                     "Values": [instance["InstanceId"]]}])["Volumes"][0]
        self.assertEqual((volume["Size"], volume["State"]), (20, "in-use"))
        self.assertEqual(self.describe(self.run_one())["MetadataOptions"]["HttpTokens"], "optional")

    def test_a_disk_of_another_name_than_the_root_is_one_more(self):
        ubuntu = self.ec2.describe_images(Filters=[{"Name": "name", "Values": ["ubuntu/*-24.04-amd64-*"]}])["Images"][0]
        self.assertEqual((ubuntu["RootDeviceName"], ubuntu["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]), ("/dev/sda1", 8))
        for device, disks in (("/dev/sda1", 1), ("/dev/xvda", 2)):
            identity = self.run_one(ImageId=ubuntu["ImageId"], BlockDeviceMappings=[
                {"DeviceName": device, "Ebs": {"VolumeSize": 20}}])
            self.assertEqual(len(self.describe(identity)["BlockDeviceMappings"]), disks)

    def test_what_breaks_a_rule_is_refused(self):
        elsewhere = next(iter(images_of("us-east-1")))
        arm = next(one.id for one in images_of(REGION).values() if one.architecture == "arm64")
        group = self.group()
        other = self.group("other", VpcId=self.vpc(default=False))
        for code, more in (
                ("InvalidAMIID.Malformed", {"ImageId": "ubuntu"}), ("InvalidAMIID.NotFound", {"ImageId": elsewhere}),
                ("MissingParameter", {"ImageId": ""}), ("InvalidParameterValue", {"InstanceType": "t9.huge"}),
                ("InvalidParameterValue", {"ImageId": arm}), ("InvalidParameterValue", {"MinCount": 3}),
                ("InvalidKeyPair.NotFound", {"KeyName": "none"}),
                ("InvalidGroup.NotFound", {"SecurityGroupIds": ["sg-0123456789abcdef0"]}),
                ("InvalidGroupId.Malformed", {"SecurityGroupIds": ["web"]}),
                ("InvalidParameter", {"SecurityGroupIds": [other]}),
                ("SecurityGroupsPerInstanceLimitExceeded", {"SecurityGroupIds": [group] * 6}),
                ("InvalidSubnetID.NotFound", {"SubnetId": "subnet-0123456789abcdef0"}),
                ("InvalidParameterValue", {"Placement": {"AvailabilityZone": "us-west-2z"}}),
                ("InvalidParameterCombination", {"SecurityGroupIds": [group], "NetworkInterfaces": [{"DeviceIndex": 0}]}),
                ("InvalidParameterCombination", {"SubnetId": "subnet-1", "NetworkInterfaces": [{"DeviceIndex": 0}]}),
                ("InvalidParameterValue", {"NetworkInterfaces": [{"AssociatePublicIpAddress": True}]}),
                ("InvalidParameterValue", {"ClientToken": "x" * 65}), ("InvalidParameterValue", {"UserData": "x" * 16385}),
                ("InvalidParameterValue", {"MetadataOptions": {"HttpTokens": "sometimes"}}),
                ("InvalidParameterValue", {"MetadataOptions": {"HttpPutResponseHopLimit": 65}}),
                ("InvalidParameterValue", {"IamInstanceProfile": {"Name": "none"}}),
                ("InvalidBlockDeviceMapping", {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}}]}),
                ("InvalidParameterValue", {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a"}]}]}),
                ("InvalidParameterValue", {"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "aws:a"}]}]}),
                ("UnknownParameter", {"LaunchTemplate": {"LaunchTemplateName": "x"}}),
                ("VPCIdNotSpecified", None)):
            with self.subTest(code, more=more):
                if more is None:
                    self.turn(no_default_vpc=1)
                self.refused(code, self.ec2.run_instances, **self.settings(**(more or {})))
        self.assertEqual(self.account.region(REGION).instances, {})
        self.refused("VPCIdNotSpecified", self.ec2.create_security_group, GroupName="x", Description="x")
        self.assertEqual([one["IsDefault"] for one in self.ec2.describe_vpcs()["Vpcs"]], [False])

    def test_sixteen_kibibytes_of_user_data_are_taken(self):
        identity = self.run_one(UserData="x" * 16384)
        told = self.ec2.describe_instance_attribute(InstanceId=identity, Attribute="userData")
        self.assertEqual(base64.b64decode(told["UserData"]["Value"]), b"x" * 16384)

    def test_dry_runs_make_nothing(self):
        self.refused("DryRunOperation", self.ec2.run_instances, **self.settings(DryRun=True))
        self.refused("DryRunOperation", self.ec2.describe_instances, DryRun=True)
        self.assertEqual(self.ec2.describe_instances()["Reservations"], [])

    def test_an_interface_of_ones_own_has_the_public_address(self):
        subnet = next(one for one in self.ec2.describe_subnets()["Subnets"] if not one["DefaultForAz"])
        group = self.group(VpcId=subnet["VpcId"])
        interface = {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "Groups": [group]}
        for public in (True, False):
            identity = self.run_one(NetworkInterfaces=[{**interface, "AssociatePublicIpAddress": public}])
            self.describe(identity)
            self.assertEqual("PublicIpAddress" in self.describe(identity), public)

    def test_capacity_and_quotas(self):
        self.turn(full_zones="us-west-2a")
        self.assertIn("us-west-2b, us-west-2c", self.refused(
            "InsufficientInstanceCapacity", self.ec2.run_instances,
            **self.settings(Placement={"AvailabilityZone": "us-west-2a"})))
        self.assertEqual(self.ec2.run_instances(**self.settings())["Instances"][0]["Placement"]["AvailabilityZone"],
                         "us-west-2b")
        self.turn(max_instances=3)
        self.assertIn("allows for 2 more", self.refused("InstanceLimitExceeded", self.ec2.run_instances,
                                                        **self.settings(MinCount=3, MaxCount=3)))
        self.assertEqual(len(self.ec2.run_instances(**self.settings(MinCount=1, MaxCount=5))["Instances"]), 2)
        self.turn(max_instances=9, max_vcpus=4)
        self.refused("VcpuLimitExceeded", self.ec2.run_instances, **self.settings(InstanceType="m5.large"))

    def test_machines_that_fail_to_boot(self):
        self.turn(failing_boots=1)
        identity = self.run_one()
        self.until(lambda: self.state(identity) == "terminated")
        self.assertEqual(self.describe(identity)["StateReason"]["Code"], "Client.InternalError")
        self.until(lambda: self.state(self.run_one()) == "pending")

    def test_types_are_not_in_all_regions(self):
        ec2, image = self.client("ec2", region="eu-north-1"), next(iter(images_of("eu-north-1")))
        self.refused("Unsupported", ec2.run_instances, **self.settings(ImageId=image))
        self.assertNotIn("t2.micro", [one["InstanceType"] for one in ec2.describe_instance_types()["InstanceTypes"]])
        micro = self.ec2.describe_instance_types(InstanceTypes=["t2.micro"])["InstanceTypes"][0]
        self.assertEqual(micro["VCpuInfo"]["DefaultVCpus"], 1)


class Tokens(WithCompute):
    def test_a_token_makes_one_instance(self):
        identity = self.run_one(ClientToken="Once")
        self.assertEqual(self.run_one(ClientToken="Once"), identity)
        self.assertNotEqual(self.run_one(ClientToken="once"), identity)
        self.refused("IdempotentParameterMismatch", self.ec2.run_instances,
                     **self.settings(ClientToken="Once", InstanceType="t3.micro"))
        found = self.ec2.describe_instances(Filters=[{"Name": "client-token", "Values": ["Once"]}])["Reservations"]
        self.assertEqual([one["InstanceId"] for one in found[0]["Instances"]], [identity])
        self.ec2.terminate_instances(InstanceIds=[identity])
        self.assertIn("associated with a terminated instance", self.refused(
            "IdempotentInstanceTerminated", self.ec2.run_instances, **self.settings(ClientToken="Once")))

    def test_a_token_holds_for_a_zone(self):
        first = self.run_one(ClientToken="zonal", Placement={"AvailabilityZone": "us-west-2a"})
        self.assertEqual(self.run_one(ClientToken="zonal", Placement={"AvailabilityZone": "us-west-2a"}), first)
        self.assertNotEqual(self.run_one(ClientToken="zonal", Placement={"AvailabilityZone": "us-west-2b"}), first)

    def test_a_token_binds_though_there_was_no_capacity(self):
        self.turn(full_zones="us-west-2a,us-west-2b,us-west-2c")
        self.refused("InsufficientInstanceCapacity", self.ec2.run_instances, **self.settings(ClientToken="t"))
        self.turn(full_zones="")
        self.refused("IdempotentParameterMismatch", self.ec2.run_instances,
                     **self.settings(ClientToken="t", InstanceType="t3.micro"))
        self.run_one(ClientToken="t")

    def test_a_lost_reply_is_no_second_instance(self):
        self.control(f"/{KEY}/faults", {"RunInstances": ["LostReply"]})
        self.refused("InternalError", self.ec2.run_instances, **self.settings(ClientToken="lost"))
        identity = self.run_one(ClientToken="lost")
        self.assertEqual(list(self.account.region(REGION).instances), [identity])


class States(WithCompute):
    def test_all_of_them(self):
        identity = self.run_one()
        self.assertIn("never reached the 'running' state", self.refused(
            "IncorrectInstanceState", self.ec2.stop_instances, InstanceIds=[identity]))
        self.assertEqual(self.state(identity), "running")
        change = self.ec2.stop_instances(InstanceIds=[identity])["StoppingInstances"][0]
        self.assertEqual((change["PreviousState"], change["CurrentState"]),
                         ({"Code": 16, "Name": "running"}, {"Code": 64, "Name": "stopping"}))
        self.refused("IncorrectInstanceState", self.ec2.start_instances, InstanceIds=[identity])
        self.assertEqual(self.state(identity), "stopped")
        self.assertNotIn("PublicIpAddress", self.describe(identity))
        self.assertEqual(self.ec2.stop_instances(InstanceIds=[identity])["StoppingInstances"][0]["CurrentState"]["Name"],
                         "stopped")
        self.refused("IncorrectInstanceState", self.ec2.reboot_instances, InstanceIds=[identity])
        change = self.ec2.start_instances(InstanceIds=[identity])["StartingInstances"][0]
        self.assertEqual((change["PreviousState"]["Code"], change["CurrentState"]["Code"]), (80, 0))
        self.assertEqual([self.state(identity) for _ in range(2)], ["pending", "running"])
        self.assertEqual(self.ec2.start_instances(InstanceIds=[identity])["StartingInstances"][0]["CurrentState"]["Name"],
                         "running")
        self.ec2.reboot_instances(InstanceIds=[identity])
        self.assertEqual(self.state(identity), "running")
        change = self.ec2.terminate_instances(InstanceIds=[identity])["TerminatingInstances"][0]
        self.assertEqual(change["CurrentState"], {"Code": 32, "Name": "shutting-down"})
        self.assertEqual([self.state(identity) for _ in range(2)], ["shutting-down", "terminated"])
        self.assertEqual(self.ec2.terminate_instances(InstanceIds=[identity])["TerminatingInstances"][0]["PreviousState"],
                         {"Code": 48, "Name": "terminated"})
        for call in (self.ec2.start_instances, self.ec2.stop_instances):
            self.refused("IncorrectInstanceState", call, InstanceIds=[identity])
        self.ec2.reboot_instances(InstanceIds=[identity])  # Is ignored.
        self.assertNotIn("VpcId", self.describe(identity))
        self.assertEqual(self.describe(identity)["StateReason"]["Code"], "Client.UserInitiatedShutdown")
        self.control(f"/{KEY}/forget", {})
        self.refused("InvalidInstanceID.NotFound", self.ec2.describe_instances, InstanceIds=[identity])

    def test_a_terminated_instance_is_gone_some_looks_later(self):
        self.turn(terminate_looks=0, gone_looks=2)
        identity = self.run_one()
        self.ec2.terminate_instances(InstanceIds=[identity])
        self.assertEqual([self.state(identity) for _ in range(3)], ["terminated"] * 3)
        self.refused("InvalidInstanceID.NotFound", self.ec2.describe_instances, InstanceIds=[identity])
        self.assertEqual(self.ec2.describe_instances()["Reservations"], [])

    def test_steps_take_as_long_as_they_are_told_to(self):
        self.turn(pending_looks=0, step_ms=60_000)
        identity = self.run_one()
        self.assertEqual([self.state(identity) for _ in range(5)], ["pending"] * 5)
        self.turn(step_ms=0)
        self.assertEqual(self.state(identity), "running")

    def test_names_of_instances(self):
        absent = self.refused("InvalidInstanceID.NotFound", self.ec2.describe_instances, InstanceIds=[ABSENT])
        self.assertEqual(absent, f"The instance ID '{ABSENT}' does not exist")
        for call in (self.ec2.describe_instances, self.ec2.start_instances, self.ec2.stop_instances,
                     self.ec2.reboot_instances, self.ec2.terminate_instances, self.ec2.describe_instance_status):
            self.refused("InvalidInstanceID.Malformed", call, InstanceIds=["web"])
            self.refused("InvalidInstanceID.NotFound", call, InstanceIds=[ABSENT, ABSENT])
        self.refused("MissingParameter", self.ec2.terminate_instances, InstanceIds=[])

    def test_one_bad_id_changes_nothing(self):
        identity = self.run_one()
        self.refused("InvalidInstanceID.NotFound", self.ec2.terminate_instances, InstanceIds=[identity, ABSENT])
        self.assertIn(self.state(identity), ("pending", "running"))

    def test_protected_instances_are_not_terminated(self):
        identity = self.run_one(DisableApiTermination=True)
        self.refused("OperationNotPermitted", self.ec2.terminate_instances, InstanceIds=[identity])
        self.ec2.modify_instance_attribute(InstanceId=identity, DisableApiTermination={"Value": False})
        self.ec2.terminate_instances(InstanceIds=[identity])

    def test_status_checks_pass_later(self):
        identity = self.run_one()
        self.assertEqual(self.ec2.describe_instance_status(InstanceIds=[identity])["InstanceStatuses"], [])
        told = [self.ec2.describe_instance_status(InstanceIds=[identity])["InstanceStatuses"][0]["InstanceStatus"]["Status"]
                for _ in range(2)]
        self.assertEqual(told, ["initializing", "ok"])
        self.ec2.stop_instances(InstanceIds=[identity])
        every = self.ec2.describe_instance_status(InstanceIds=[identity], IncludeAllInstances=True)["InstanceStatuses"]
        self.assertEqual(every[0]["InstanceState"]["Name"], "stopping")

    def test_attributes(self):
        identity, group = self.run_one(), self.group()
        change = self.ec2.modify_instance_attribute
        self.refused("IncorrectInstanceState", change, InstanceId=identity, InstanceType={"Value": "t3.micro"})
        self.refused("IncorrectInstanceState", change, InstanceId=identity, UserData={"Value": b"x"})
        self.refused("InvalidParameterCombination", change, InstanceId=identity, Groups=[group],
                     DisableApiTermination={"Value": True})
        self.refused("MissingParameter", change, InstanceId=identity)
        change(InstanceId=identity, Groups=[group])
        self.assertEqual(self.describe(identity)["SecurityGroups"], [{"GroupId": group, "GroupName": "web"}])
        self.ec2.stop_instances(InstanceIds=[identity])
        self.until(lambda: self.state(identity) == "stopped")
        self.refused("InvalidParameterValue", change, InstanceId=identity, InstanceType={"Value": "t4g.micro"})
        change(InstanceId=identity, InstanceType={"Value": "t3.micro"})
        change(InstanceId=identity, UserData={"Value": b"new"})
        self.assertEqual(self.describe(identity)["InstanceType"], "t3.micro")


if __name__ == "__main__":
    unittest.main()
