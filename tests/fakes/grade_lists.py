"""boto3 grades how late the fake's machines are found, how requests fail, and how lists are filtered and cut."""

import unittest

import botocore.exceptions

from compute_clients import IMAGE, KEY, WithCompute


class Consistency(WithCompute):
    def test_new_things_are_found_late_and_then_not_always(self):
        self.turn(late_looks=2, flickers=2)
        identity = self.run_one()
        told = []
        for _ in range(7):
            try:
                told.append(self.state(identity))
            except botocore.exceptions.ClientError as error:
                told.append(error.response["Error"]["Code"].rpartition(".")[2])
        self.assertEqual(told, ["NotFound", "NotFound", "pending", "NotFound", "running", "NotFound", "running"])

    def test_that_holds_for_tags_groups_and_keys(self):
        self.turn(late_looks=1)
        identity, group = self.run_one(), self.group()
        self.refused("InvalidInstanceID.NotFound", self.ec2.create_tags, Resources=[identity], Tags=[{"Key": "a"}])
        self.ec2.create_tags(Resources=[identity], Tags=[{"Key": "a", "Value": "b"}])
        self.refused("InvalidGroup.NotFound", self.ec2.run_instances, **self.settings(SecurityGroupIds=[group]))
        self.run_one(SecurityGroupIds=[group])
        self.assertEqual(len(self.ec2.describe_instances()["Reservations"]), 1)  # Lists are late, too.

    def test_throttling_and_faults(self):
        self.turn(throttle=2)
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.ec2.describe_instances()
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 503)
        self.assertEqual(caught.exception.response["Error"]["Code"], "RequestLimitExceeded")
        self.refused("ThrottlingException", self.ssm.describe_instance_information)
        self.ec2.describe_instances()
        self.control(f"/{KEY}/faults", {"DescribeInstances": ["UnauthorizedOperation", "Unavailable"]})
        self.refused("UnauthorizedOperation", self.ec2.describe_instances)
        self.ec2.describe_vpcs()
        self.refused("Unavailable", self.ec2.describe_instances)
        self.ec2.describe_instances()


class Lists(WithCompute):
    knobs = {"pending_looks": 0, "max_instances": 100, "max_vcpus": 100}

    def names(self, *filters, **more):
        filters = [{"Name": name, "Values": list(values)} for name, *values in filters]
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=filters, **more)
        return [tag["Value"] for page in pages for one in page["Reservations"] for instance in one["Instances"]
                for tag in instance["Tags"] if tag["Key"] == "Name"]

    def named(self, name, **more):
        return self.run_one(TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
                            **more)

    def test_filters(self):
        stopped = self.named("one", InstanceType="t3.micro")
        self.named("two")
        self.ec2.describe_instances()
        self.ec2.stop_instances(InstanceIds=[stopped])
        self.assertEqual(self.names(("instance-state-name", "running")), ["two"])
        self.assertEqual(self.names(("instance-state-name", "pending", "stopping", "stopped")), ["one"])
        for name, value in (("tag:Name", "one"), ("tag:Name", "o*"), ("tag:Name", "?ne"), ("instance-id", stopped),
                            ("instance-type", "t3.*")):
            self.assertEqual(self.names((name, value)), ["one"], name)
        for name, value in (("tag-key", "Name"), ("image-id", IMAGE), ("vpc-id", self.vpc(default=True))):
            self.assertEqual(self.names((name, value)), ["one", "two"], name)
        for name, value in (("tag-key", "name"), ("tag:name", "one"), ("tag:Name", "on"), ("vpc-id", "vpc-0")):
            self.assertEqual(self.names((name, value)), [], name)
        self.assertEqual(self.names(("tag:Name", "one"), ("instance-state-name", "running")), [])
        self.refused("InvalidParameterValue", self.ec2.describe_instances, Filters=[{"Name": "colour", "Values": ["red"]}])
        self.refused("InvalidParameterValue", self.ec2.describe_instances, Filters=[{"Name": "image-id", "Values": []}])
        self.refused("FilterLimitExceeded", self.ec2.describe_instances,
                     Filters=[{"Name": "image-id", "Values": ["x"] * 201}])

    def test_pages_some_of_which_are_empty(self):
        for number in range(12):
            self.named(f"n{number:02d}")
        expected = [f"n{number:02d}" for number in range(12)]
        self.assertEqual(self.names(), expected)
        self.assertEqual(self.names(PaginationConfig={"PageSize": 5}), expected)
        self.turn(empty_pages=1)
        self.assertEqual(self.names(PaginationConfig={"PageSize": 5}), expected)
        first = self.ec2.describe_instances(MaxResults=5)
        second = self.ec2.describe_instances(MaxResults=5, NextToken=first["NextToken"])
        self.assertEqual(second["Reservations"], [])
        self.assertIn("NextToken", second)

    def test_bad_pages(self):
        identity = self.run_one()
        call = self.ec2.describe_instances
        self.refused("InvalidParameterCombination", call, InstanceIds=[identity], MaxResults=5)
        self.refused("InvalidParameterValue", call, MaxResults=4)
        self.refused("InvalidParameterValue", call, MaxResults=1001)
        self.refused("InvalidPaginationToken", call, NextToken="none")


if __name__ == "__main__":
    unittest.main()
