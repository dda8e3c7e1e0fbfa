"""boto3 grades what is around the fake's instances: groups and their rules, keys, images, tags, volumes."""

import base64
import unittest

from compute_clients import IMAGE, KEY, REGION, WithCompute

ED25519 = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(32))).decode() + " test"
RSA = "ssh-rsa " + base64.b64encode(b"\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\1\1" + bytes(257)).decode()


def rule(protocol="tcp", first=22, last=22, cidr="0.0.0.0/0", **more):
    ports = {} if protocol == "-1" else {"FromPort": first, "ToPort": last}
    return {"IpProtocol": protocol, **ports, "IpRanges": [{"CidrIp": cidr}], **more}


class Groups(WithCompute):
    def inbound(self, group):
        return self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]

    def allow(self, group, *permissions):
        return self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(permissions))

    def test_a_new_group_lets_everything_out(self):
        made = self.ec2.create_security_group(GroupName="Web", Description="d", TagSpecifications=[
            {"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}])
        found = self.ec2.describe_security_groups(Filters=[
            {"Name": "group-name", "Values": ["Web"]}, {"Name": "vpc-id", "Values": [self.vpc(True)]}])["SecurityGroups"]
        self.assertEqual((found[0]["GroupId"], found[0]["Description"], found[0]["IpPermissions"], found[0]["Tags"]),
                         (made["GroupId"], "d", [], [{"Key": "a", "Value": "b"}]))
        self.assertEqual(found[0]["IpPermissionsEgress"], [{
            "IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [],
            "UserIdGroupPairs": []}])
        message = self.refused("InvalidPermission.Duplicate", self.ec2.authorize_security_group_egress,
                               GroupId=made["GroupId"], IpPermissions=[rule("-1")])
        self.assertEqual(message, 'the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists')
        self.ec2.revoke_security_group_egress(GroupId=made["GroupId"], IpPermissions=[rule("-1")])
        self.ec2.authorize_security_group_egress(GroupId=made["GroupId"], IpPermissions=[rule("tcp", 443, 443)])

    def test_names_of_groups(self):
        self.group("Web")
        create = self.ec2.create_security_group
        self.refused("InvalidGroup.Duplicate", create, GroupName="web", Description="d")
        self.group("web", VpcId=self.vpc(default=False))
        for code, name, description in (
                ("InvalidParameterValue", "sg-web", "d"), ("InvalidParameterValue", "ü", "d"),
                ("InvalidParameterValue", "x" * 256, "d"), ("InvalidParameterValue", "x", "d" * 256),
                ("InvalidParameterValue", "x", "a<b"), ("InvalidParameterValue", "default", "d")):
            self.refused(code, create, GroupName=name, Description=description)
        self.refused("MissingParameter", create, GroupName="x")
        self.refused("InvalidVpcID.NotFound", create, GroupName="x", Description="d", VpcId="vpc-01234567")
        names = [one["GroupName"] for one in self.ec2.describe_security_groups()["SecurityGroups"]]
        self.assertEqual(sorted(names), ["Web", "default", "default", "web"])

    def test_rules_with_the_same_ports_are_one_permission(self):
        group = self.group()
        made = self.allow(group, rule(cidr="10.0.0.1/8", IpRanges=[{"CidrIp": "10.1.2.3/8", "Description": "office"},
                                                                  {"CidrIp": "192.168.0.0/16"}]),
                          rule("tcp", 80, 90, Ipv6Ranges=[{"CidrIpv6": "2001:db8::1/32"}]), rule("icmp", -1, -1))
        self.assertEqual(len(made["SecurityGroupRules"]), 5)
        found = self.inbound(group)
        self.assertEqual(found[0]["IpRanges"], [{"CidrIp": "10.0.0.0/8", "Description": "office"},
                                                {"CidrIp": "192.168.0.0/16"}])  # As AWS canonicalizes it.
        self.assertEqual((found[1]["FromPort"], found[1]["ToPort"], found[1]["Ipv6Ranges"]),
                         (80, 90, [{"CidrIpv6": "2001:db8::/32"}]))
        self.assertEqual(found[2]["FromPort"], -1)

    def test_bad_rules_are_refused_and_nothing_is_added(self):
        group = self.group()
        self.allow(group, rule())
        for code, one in (
                ("InvalidPermission.Duplicate", rule()), ("InvalidPermission.Duplicate", rule("6")),
                ("InvalidPermission.Duplicate", rule(IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "again"}])),
                ("InvalidParameterValue", rule(first=90, last=80)), ("InvalidParameterValue", rule(last=65536)),
                ("InvalidParameterValue", rule(cidr="10.0.0/8")), ("InvalidParameterValue", rule(cidr="10.0.0.0/33")),
                ("InvalidParameterValue", rule(cidr="10.0.0.1")), ("InvalidParameterValue", rule("tcpp")),
                ("InvalidParameterValue", {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
                ("InvalidParameterValue", rule(IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "<"}])),
                ("MissingParameter", {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}),
                ("InvalidGroup.NotFound", rule(UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}]))):
            with self.subTest(one):
                self.refused(code, self.ec2.authorize_security_group_ingress, GroupId=group,
                             IpPermissions=[rule("udp", 53, 53), one])
        self.assertEqual(len(self.inbound(group)), 1)
        many = [rule("tcp", port, port) for port in range(1000, 1060)]
        self.refused("RulesPerSecurityGroupLimitExceeded", self.ec2.authorize_security_group_ingress, GroupId=group,
                     IpPermissions=many)

    def test_what_is_revoked_must_be_there(self):
        for default in (True, False):
            group = self.group(VpcId=self.vpc(default))
            self.allow(group, rule(), rule("tcp", 80, 80))
            call = {"GroupId": group, "IpPermissions": [rule(), rule("tcp", 81, 81)]}
            if default:
                reply = self.ec2.revoke_security_group_ingress(**call)
                self.assertEqual([one["FromPort"] for one in reply["UnknownIpPermissions"]], [81])
                self.assertEqual([one["FromPort"] for one in self.inbound(group)], [80])
            else:
                self.refused("InvalidPermission.NotFound", self.ec2.revoke_security_group_ingress, **call)
                self.assertEqual([one["FromPort"] for one in self.inbound(group)], [22, 80])

    def test_rules_have_ids(self):
        group = self.group()
        made = self.allow(group, rule())["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        revoke = self.ec2.revoke_security_group_ingress
        self.refused("InvalidSecurityGroupRuleId.Malformed", revoke, GroupId=group, SecurityGroupRuleIds=["x"])
        self.refused("InvalidParameterCombination", revoke, GroupId=group, SecurityGroupRuleIds=[made],
                     IpPermissions=[rule()])
        self.assertNotIn("UnknownIpPermissions", revoke(GroupId=group, SecurityGroupRuleIds=[made]))
        self.refused("InvalidSecurityGroupRuleId.NotFound", revoke, GroupId=group, SecurityGroupRuleIds=[made])

    def test_a_group_in_use_is_not_deleted(self):
        group, delete = self.group(), self.ec2.delete_security_group
        instance = self.run_one(SecurityGroupIds=[group])
        self.assertIn("has a dependent object", self.refused("DependencyViolation", delete, GroupId=group))
        self.turn(group_busy_looks=2)
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.until(lambda: self.state(instance) == "terminated")
        for _ in range(2):
            self.refused("DependencyViolation", delete, GroupId=group)
        delete(GroupId=group)
        self.refused("InvalidGroup.NotFound", delete, GroupId=group)
        self.refused("InvalidGroupId.Malformed", delete, GroupId="web")

    def test_a_group_in_use_has_an_interface(self):
        group = self.group()

        def interfaces():
            found = self.ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [group]}])
            return [one["Attachment"]["InstanceId"] for one in found["NetworkInterfaces"]]
        self.assertEqual(interfaces(), [])
        instance = self.run_one(SecurityGroupIds=[group])
        self.assertEqual(interfaces(), [instance])
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.until(lambda: self.state(instance) == "terminated")
        self.assertEqual(interfaces(), [])

    def test_attempts_to_delete_it_are_enough_of_a_look(self):
        group = self.group()
        self.ec2.terminate_instances(InstanceIds=[self.run_one(SecurityGroupIds=[group])])
        for _ in range(2):
            self.refused("DependencyViolation", self.ec2.delete_security_group, GroupId=group)
        self.ec2.delete_security_group(GroupId=group)

    def test_groups_that_name_each_other(self):
        first, second = self.group("a"), self.group("b")
        for one, other in ((first, second), (second, first), (first, first)):
            self.allow(one, {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]})
        for group in (first, second):
            self.refused("DependencyViolation", self.ec2.delete_security_group, GroupId=group)
        self.assertEqual({pair["GroupId"] for pair in self.inbound(first)[0]["UserIdGroupPairs"]}, {first, second})
        self.ec2.revoke_security_group_ingress(GroupId=second, IpPermissions=[
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": first}]}])
        self.ec2.delete_security_group(GroupId=first)
        self.ec2.delete_security_group(GroupId=second)

    def test_the_default_group_stays(self):
        default = self.ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]
        self.refused("CannotDelete", self.ec2.delete_security_group, GroupId=default["GroupId"])
        self.refused("InvalidGroup.NotFound", self.ec2.describe_security_groups, GroupNames=["none"])


class Keys(WithCompute):
    def test_keys(self):
        for name, line, kind in (("rsa", RSA, "rsa"), ("ed", ED25519, "ed25519")):
            made = self.ec2.import_key_pair(KeyName=name, PublicKeyMaterial=line.encode())
            self.assertRegex(made["KeyPairId"], "^key-0[0-9a-f]{16}$")
            found = self.ec2.describe_key_pairs(KeyNames=[name], IncludePublicKey=True)["KeyPairs"][0]
            self.assertEqual((found["KeyType"], found["PublicKey"], found["KeyFingerprint"]),
                             (kind, line, made["KeyFingerprint"]))
        self.assertIn("already exists", self.refused("InvalidKeyPair.Duplicate", self.ec2.import_key_pair, KeyName="rsa",
                                                     PublicKeyMaterial=RSA.encode()))
        for line in ("", "no key", "ssh-rsa AAAA", "ssh-dss " + RSA.split()[1]):
            self.refused("InvalidKey.Format", self.ec2.import_key_pair, KeyName="bad", PublicKeyMaterial=line.encode())
        self.assertEqual(self.describe(self.run_one(KeyName="ed"))["KeyName"], "ed")
        self.ec2.delete_key_pair(KeyName="ed")
        self.ec2.delete_key_pair(KeyName="ed")  # As AWS answers.
        self.refused("InvalidKeyPair.NotFound", self.ec2.describe_key_pairs, KeyNames=["ed"])
        self.refused("InvalidKeyPair.NotFound", self.ec2.delete_key_pair, KeyPairId="key-0123456789abcdef0")
        self.assertEqual([one["KeyName"] for one in self.ec2.describe_key_pairs()["KeyPairs"]], ["rsa"])


class Images(WithCompute):
    def test_images_are_found(self):
        found = self.ec2.describe_images(Owners=["amazon"], Filters=[
            {"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}, {"Name": "state", "Values": ["available"]},
            {"Name": "architecture", "Values": ["x86_64"]}])["Images"]
        self.assertEqual(max(found, key=lambda one: one["CreationDate"])["ImageId"], IMAGE)
        self.assertEqual(len(found), 2)
        self.assertEqual(self.ec2.describe_images(Owners=["self"])["Images"], [])
        self.refused("InvalidAMIID.NotFound", self.client("ec2", region="us-east-1").describe_images, ImageIds=[IMAGE])
        self.refused("InvalidAMIID.Malformed", self.ec2.describe_images, ImageIds=["debian-12"])


class Tags(WithCompute):
    def tags(self, identity):
        return {tag["Key"]: tag["Value"] for tag in self.describe(identity).get("Tags", [])}

    def test_tags(self):
        identity, group = self.run_one(), self.group()
        self.ec2.create_tags(Resources=[identity, group], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        self.ec2.create_tags(Resources=[identity], Tags=[{"Key": "a", "Value": "2"}])
        self.assertEqual(self.tags(identity), {"a": "2", "b": ""})
        self.ec2.delete_tags(Resources=[identity], Tags=[{"Key": "a", "Value": "1"}, {"Key": "none"}])
        self.assertEqual(self.tags(identity), {"a": "2", "b": ""})
        self.ec2.delete_tags(Resources=[identity], Tags=[{"Key": "a"}])
        self.assertEqual(self.tags(identity), {"b": ""})
        self.ec2.delete_tags(Resources=[identity])
        self.assertEqual(self.tags(identity), {})

    def test_limits_of_tags(self):
        identity = self.run_one()
        self.ec2.create_tags(Resources=[identity], Tags=[{"Key": "k" * 128, "Value": "v" * 256}])
        for code, tags in (
                ("InvalidParameterValue", [{"Key": "k" * 129, "Value": ""}]),
                ("InvalidParameterValue", [{"Key": "k", "Value": "v" * 257}]),
                ("InvalidParameterValue", [{"Key": "AWS:k", "Value": ""}]),
                ("InvalidParameterValue", [{"Key": "", "Value": ""}]),
                ("TagLimitExceeded", [{"Key": str(i), "Value": ""} for i in range(50)])):
            self.refused(code, self.ec2.create_tags, Resources=[identity], Tags=tags)
        self.ec2.create_tags(Resources=[identity], Tags=[{"Key": str(i), "Value": ""} for i in range(49)])
        self.refused("InvalidID", self.ec2.create_tags, Resources=["web"], Tags=[{"Key": "a"}])
        self.refused("InvalidVolume.NotFound", self.ec2.create_tags, Resources=["vol-01234567"], Tags=[{"Key": "a"}])


class Volumes(WithCompute):
    def volume(self, identity):
        return self.ec2.describe_volumes(VolumeIds=[identity])["Volumes"][0]

    def create(self, **more):
        return self.ec2.create_volume(**{"AvailabilityZone": "us-west-2a", "Size": 10, "VolumeType": "gp3", **more})

    def test_from_creation_to_removal(self):
        instance = self.run_one(Placement={"AvailabilityZone": "us-west-2a"})
        made = self.create(ClientToken="v")
        identity = made["VolumeId"]
        self.assertEqual((made["State"], made["Size"]), ("creating", 10))
        self.assertEqual(self.create(ClientToken="v")["VolumeId"], identity)
        self.refused("IdempotentParameterMismatch", self.create, ClientToken="v", Size=11)
        attach = {"VolumeId": identity, "InstanceId": instance, "Device": "/dev/sdf"}
        self.refused("IncorrectState", self.ec2.attach_volume, **attach)
        self.assertEqual(self.volume(identity)["State"], "available")
        self.until(lambda: self.state(instance) == "running")
        self.refused("InvalidParameterValue", self.ec2.attach_volume, **{**attach, "Device": "/dev/xvda"})
        self.refused("InvalidParameterValue", self.ec2.attach_volume, **{**attach, "Device": "sdf"})
        self.assertEqual(self.ec2.attach_volume(**attach)["State"], "attaching")
        self.assertEqual(self.volume(identity)["State"], "in-use")
        self.until(lambda: self.volume(identity)["Attachments"][0]["State"] == "attached")
        self.refused("VolumeInUse", self.ec2.attach_volume, **attach)
        self.refused("VolumeInUse", self.ec2.delete_volume, VolumeId=identity)
        self.refused("InvalidAttachment.NotFound", self.ec2.detach_volume, VolumeId=identity, Device="/dev/sdg")
        self.assertEqual(self.ec2.detach_volume(VolumeId=identity)["State"], "detaching")
        self.until(lambda: self.volume(identity)["State"] == "available")
        self.refused("IncorrectState", self.ec2.detach_volume, VolumeId=identity)
        self.ec2.delete_volume(VolumeId=identity)
        self.assertEqual(self.volume(identity)["State"], "deleting")
        self.refused("InvalidVolume.NotFound", self.ec2.describe_volumes, VolumeIds=[identity])
        self.refused("InvalidVolumeID.Malformed", self.ec2.describe_volumes, VolumeIds=["disk"])

    def test_zones_and_sizes(self):
        self.refused("InvalidZone.NotFound", self.create, AvailabilityZone="us-west-2z")
        for kind, size in (("st1", 124), ("gp3", 65537), ("gp9", 10)):
            self.refused("InvalidParameterValue", self.create, VolumeType=kind, Size=size)
        self.refused("MissingParameter", self.ec2.create_volume, AvailabilityZone="us-west-2a")
        self.turn(pending_looks=0, volume_looks=0)
        instance, identity = self.run_one(), self.create(AvailabilityZone="us-west-2b")["VolumeId"]
        self.refused("InvalidVolume.ZoneMismatch", self.ec2.attach_volume, VolumeId=identity, InstanceId=instance,
                     Device="/dev/sdf")

    def test_volumes_go_with_their_instance_or_stay(self):
        devices = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "DeleteOnTermination": False}}]
        instance = self.run_one(BlockDeviceMappings=devices)
        self.assertEqual(len(self.ec2.describe_volumes()["Volumes"]), 2)
        root = next(one for one in self.ec2.describe_volumes()["Volumes"] if one["Size"] == 8)["VolumeId"]
        self.refused("OperationNotPermitted", self.ec2.detach_volume, VolumeId=root)
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.until(lambda: self.state(instance) == "terminated")
        self.assertEqual([one["Size"] for one in self.ec2.describe_volumes()["Volumes"]], [1])


class Networks(WithCompute):
    def test_networks(self):
        default = self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        self.assertEqual([one["VpcId"] for one in default], [self.vpc(True)])
        subnets = self.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc(True)]},
                                                     {"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
        self.assertEqual([one["AvailabilityZone"] for one in subnets], ["us-west-2a", "us-west-2b", "us-west-2c"])
        self.refused("InvalidSubnetID.NotFound", self.ec2.describe_subnets, SubnetIds=["subnet-01234567"])

    def test_accounts_do_not_see_each_other(self):
        self.run_one()
        made = self.control("", {"no_default_vpc": 1})
        other = self.client("ec2", made["secret"], REGION, made["key"])
        self.assertEqual(other.describe_instances()["Reservations"], [])
        self.refused("VPCIdNotSpecified", other.run_instances, **self.settings())
        self.assertEqual(self.control(f"/{made['key']}/calls"), [["ec2", "DescribeInstances"], ["ec2", "RunInstances"]])
        self.assertEqual(self.control(f"/{made['key']}", method="DELETE"), {})
        self.assertEqual(self.control(f"/{KEY}/calls"), [["ec2", "RunInstances"]])


if __name__ == "__main__":
    unittest.main()
