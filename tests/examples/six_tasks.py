"""The Python of docs/guide/six-tasks.md does what the page says, where moto can stand for AWS: its first four tasks.

Exits with 77 where moto is not installed.
"""
import os
import pathlib
import re
import sys
import tempfile
from unittest import mock

try:
    import boto3
    from moto import mock_aws
except ImportError:
    print("skipped: no moto (scripts/setup servers)")
    sys.exit(77)

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/guide/six-tasks.md"
TASK = re.compile(r"^## (\d)\..*?^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
REGION = "us-west-2"


class SecondNight(Exception):
    pass


def run(tasks, number):
    exec(compile(tasks[number], f"{PAGE.name}, task {number}", "exec"), {"__name__": "__main__"})


def upload(tasks):
    run(tasks, "1")
    body = boto3.client("s3").get_object(Bucket="reports", Key="2026/report.pdf")["Body"].read()
    assert body == b"all is well", body


def function(tasks):
    run(tasks, "2")
    apis = boto3.client("apigateway", region_name=REGION)
    api = next(item["id"] for item in apis.get_rest_apis()["items"] if item["name"] == "hello")
    assert [stage["stageName"] for stage in apis.get_stages(restApiId=api)["item"]] == ["dev"]
    resource = next(item for item in apis.get_resources(restApiId=api)["items"] if item["path"] == "/hello")
    target = resource["resourceMethods"]["GET"]["methodIntegration"]["uri"]
    arn = boto3.client("lambda", region_name=REGION).get_function(FunctionName="hello")["Configuration"]["FunctionArn"]
    assert target.endswith(f"/{arn}/invocations"), target


def machine(tasks):
    run(tasks, "3")
    found = boto3.client("ec2", region_name=REGION).describe_instances(Filters=[{"Name": "tag:Name", "Values": ["example"]}])
    (made,) = found["Reservations"][0]["Instances"]
    assert made["State"]["Name"] == "running" and made["SecurityGroups"][0]["GroupName"] == "ssh", made


def backup(tasks):
    """Of the bucket that the first task has filled, and a key that leads out of the directory."""
    boto3.client("s3").put_object(Bucket="reports", Key="../../outside", Body=b"x")
    with mock.patch("time.sleep", side_effect=[None, SecondNight]) as sleep:
        try:
            run(tasks, "4")
        except SecondNight:
            pass
    nights = [call.args[0] for call in sleep.call_args_list]
    assert len(nights) == 2 and all(0 < seconds <= 86400 for seconds in nights), nights
    (copy,) = [path for path in pathlib.Path("backups").rglob("*") if path.is_file()]
    assert copy.read_bytes() == b"all is well" and copy.parts[2:] == ("2026", "report.pdf"), copy
    assert not pathlib.Path("outside").exists()


def main():
    tasks = dict(TASK.findall(PAGE.read_text(encoding="utf-8")))
    assert list(tasks) == ["1", "2", "3", "4", "5", "6"], "each task has its Python"
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID="cktest-six-tasks-1", AWS_SECRET_ACCESS_KEY="cktest-six-tasks-2",
                      AWS_DEFAULT_REGION=REGION, AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull)
    with tempfile.TemporaryDirectory() as directory, mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        os.chdir(directory)
        pathlib.Path("report.pdf").write_bytes(b"all is well")
        pathlib.Path("hello").mkdir()
        pathlib.Path("hello/app.py").write_text("def handler(event, context):\n    return {'statusCode': 200}\n")
        with mock.patch("time.sleep"):
            for task in (upload, function, machine):
                task(tasks)
        backup(tasks)
        os.chdir("/")
    print("six tasks: 4 run")


main()
