"""boto3 grades the fake of Lambda, IAM and Logs: what AWS's own client sends is taken, what breaks a rule is
refused as AWS does."""

import base64
import json
import os
import time
import unittest

from fake_functions.knobs import Knobs
from function_clients import CODE, LOGS, PYTHON, WRONG_SECRET, WithFunctions, trust, zip_of


class Signatures(WithFunctions):
    def test_wrong_secrets_are_refused_by_every_service(self):
        codes = {"lambda": "InvalidSignatureException", "iam": "SignatureDoesNotMatch",
                 "apigateway": "InvalidSignatureException", "scheduler": "InvalidSignatureException",
                 "events": "InvalidSignatureException", "logs": "InvalidSignatureException"}
        calls = {"lambda": "list_functions", "iam": "get_role", "apigateway": "get_rest_apis",
                 "scheduler": "list_schedules", "events": "list_rules", "logs": "describe_log_groups"}
        for service, code in codes.items():
            with self.subTest(service):
                arguments = {"RoleName": "x"} if service == "iam" else {}
                self.refused(code, getattr(self.client(service, WRONG_SECRET), calls[service]), **arguments)

    def test_iam_is_signed_for_its_one_region(self):
        self.refused("SignatureDoesNotMatch", self.client("iam").get_role, RoleName="x")

    def test_arns_in_paths_are_encoded_twice_by_who_signs(self):
        arn = self.active()
        self.assertEqual(self.lambdas.get_function(FunctionName=arn)["Configuration"]["FunctionArn"], arn)
        self.lambdas.tag_resource(Resource=arn, Tags={"a b": "ü/:+"})
        self.assertEqual(self.lambdas.list_tags(Resource=arn)["Tags"], {"a b": "ü/:+"})
        self.lambdas.untag_resource(Resource=arn, TagKeys=["a b", "none"])
        self.assertEqual(self.lambdas.list_tags(Resource=arn)["Tags"], {})
        self.assertIn("%3A", self.server.service.calls[-1][2])


class States(WithFunctions):
    def test_new_functions_are_pending_at_first(self):
        made = self.lambdas.create_function(**self.settings(self.role()))
        self.assertEqual((made["State"], made["ResponseMetadata"]["HTTPStatusCode"]), ("Pending", 201))
        said = self.refused("ResourceConflictException", self.lambdas.invoke, FunctionName="hello")
        self.assertIn("currently in the following state: Pending", said["Error"]["Message"])
        self.lambdas.get_waiter("function_active_v2").wait(FunctionName="hello", WaiterConfig={"Delay": 0})
        self.assertEqual(self.invoke()[0]["StatusCode"], 200)
        self.assertNotIn("State", self.lambdas.list_functions()["Functions"][0])

    def test_one_update_at_a_time(self):
        self.active()
        code = zip_of({"bootstrap": "other"})
        changed = self.lambdas.update_function_code(FunctionName="hello", ZipFile=code)
        self.assertEqual(changed["LastUpdateStatus"], "InProgress")
        self.assertNotEqual(changed["CodeSha256"], self.lambdas.get_function_configuration(
            FunctionName="hello")["RevisionId"])
        self.lambdas.update_function_configuration(FunctionName="hello", Timeout=5)
        said = self.refused("ResourceConflictException", self.lambdas.update_function_code, FunctionName="hello",
                            ZipFile=code)
        self.assertIn("An update is in progress for resource: arn:aws:lambda:us-west-2:", said["Error"]["Message"])
        self.assertEqual(self.lambdas.get_function_configuration(FunctionName="hello")["LastUpdateStatus"], "Successful")
        self.refused("PreconditionFailedException", self.lambdas.update_function_code, FunctionName="hello",
                     ZipFile=code, RevisionId="stale")

    def test_configuration_replaces_the_environment(self):
        self.active(Environment={"Variables": {"ONE": "1", "TWO": "2"}})
        self.lambdas.update_function_configuration(FunctionName="hello", Environment={"Variables": {"THREE": "3"}})
        now = self.lambdas.get_function_configuration(FunctionName="hello")
        self.assertEqual(now["Environment"]["Variables"], {"THREE": "3"})
        self.assertEqual((now["MemorySize"], now["Timeout"]), (128, 3))

    def test_a_role_that_is_new_cannot_be_assumed_yet(self):
        arn = self.iam.create_role(RoleName="new", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))["Role"]["Arn"]
        for _ in range(2):
            said = self.refused("InvalidParameterValueException", self.lambdas.create_function, **self.settings(arn))
            self.assertIn("cannot be assumed by Lambda", said["Error"]["Message"])
        self.lambdas.create_function(**self.settings(arn))
        other = self.iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))["Role"]["Arn"]
        for role in [other] * 4 + ["arn:aws:iam::123456789012:role/none"]:
            self.refused("InvalidParameterValueException", self.lambdas.create_function,
                         **self.settings(role, FunctionName="second"))


class Rules(WithFunctions):
    knobs = Knobs(pending_polls=0, update_polls=0, role_attempts=0, max_zip=2000, max_unzipped=5000)

    def test_what_breaks_a_rule_is_refused(self):
        role = self.role()
        for code, more in (
                ("ValidationException", {"FunctionName": "a b"}), ("ValidationException", {"Timeout": 901}),
                ("ValidationException", {"MemorySize": 64}), ("InvalidParameterValueException", {"Runtime": "cobol"}),
                ("InvalidParameterValueException", {"Handler": "a b"}),
                ("InvalidParameterValueException", {"Code": {"ZipFile": b"no zip"}}),
                ("InvalidParameterValueException", {"Code": {"ZipFile": zip_of({})}}),
                ("RequestEntityTooLargeException", {"Code": {"ZipFile": zip_of({"a": "x" * 2001})}}),
                ("InvalidParameterValueException", {"Environment": {"Variables": {"AWS_REGION": "x"}}}),
                ("ValidationException", {"Environment": {"Variables": {"1A": "x"}}}),
                ("InvalidParameterValueException", {"Environment": {"Variables": {"AA": "x" * 4096}}})):
            with self.subTest(more):
                self.refused(code, self.lambdas.create_function, **self.settings(role, **more))
        self.lambdas.create_function(**self.settings(role))
        said = self.refused("ResourceConflictException", self.lambdas.create_function, **self.settings(role))
        self.assertEqual(said["ResponseMetadata"]["HTTPStatusCode"], 409)
        self.assertIn("already exist", said["Error"]["Message"])
        self.refused("ResourceNotFoundException", self.lambdas.get_function, FunctionName="none")
        self.refused("ResourceNotFoundException", self.lambdas.delete_function, FunctionName="none")

    def test_pages_have_fifty(self):
        role = self.role()
        for number in range(55):
            self.lambdas.create_function(**self.settings(role, FunctionName=f"f{number:02d}"))
        first = self.lambdas.list_functions(MaxItems=10_000)
        self.assertEqual(len(first["Functions"]), 50)
        names = [function["FunctionName"] for page in self.lambdas.get_paginator("list_functions").paginate()
                 for function in page["Functions"]]
        self.assertEqual(names, [f"f{number:02d}" for number in range(55)])

    def test_permissions(self):
        self.active()
        grant = {"FunctionName": "hello", "StatementId": "api", "Action": "lambda:InvokeFunction",
                 "Principal": "apigateway.amazonaws.com", "SourceArn": "arn:aws:execute-api:us-west-2:1:x/*/GET/hello"}
        self.refused("ResourceNotFoundException", self.lambdas.get_policy, FunctionName="hello")
        self.lambdas.add_permission(**grant)
        self.refused("ResourceConflictException", self.lambdas.add_permission, **grant)
        policy = json.loads(self.lambdas.get_policy(FunctionName="hello")["Policy"])
        self.assertEqual(policy["Statement"][0]["Condition"], {"ArnLike": {"AWS:SourceArn": grant["SourceArn"]}})
        self.lambdas.remove_permission(FunctionName="hello", StatementId="api")
        self.refused("ResourceNotFoundException", self.lambdas.remove_permission, FunctionName="hello", StatementId="api")

    def test_versions_and_aliases(self):
        self.active()
        publish = lambda: self.lambdas.publish_version(FunctionName="hello")["Version"]
        self.assertEqual([publish(), publish()], ["1", "1"])  # Nothing has changed.
        self.lambdas.update_function_code(FunctionName="hello", ZipFile=zip_of({"bootstrap": "2"}))
        self.assertEqual(publish(), "2")
        self.lambdas.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
        self.refused("ResourceConflictException", self.lambdas.create_alias, FunctionName="hello", Name="live",
                     FunctionVersion="1")
        self.refused("ResourceNotFoundException", self.lambdas.update_alias, FunctionName="hello", Name="live",
                     FunctionVersion="7")
        self.assertEqual(self.invoke(Qualifier="live")[0]["ExecutedVersion"], "1")
        self.lambdas.update_alias(FunctionName="hello", Name="live", FunctionVersion="2")
        self.assertEqual(self.invoke(Qualifier="live")[0]["ExecutedVersion"], "2")
        self.assertEqual(self.invoke()[0]["ExecutedVersion"], "$LATEST")
        self.refused("ResourceNotFoundException", self.lambdas.invoke, FunctionName="hello", Qualifier="none")

    def test_concurrency(self):
        self.active()
        self.lambdas.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
        said = self.refused("TooManyRequestsException", self.lambdas.invoke, FunctionName="hello")
        self.assertEqual(said["ResponseMetadata"]["HTTPStatusCode"], 429)
        self.assertEqual(self.lambdas.get_function(FunctionName="hello")["Concurrency"],
                         {"ReservedConcurrentExecutions": 0})
        self.lambdas.delete_function_concurrency(FunctionName="hello")
        self.assertEqual(self.invoke()[0]["StatusCode"], 200)


class Invocations(WithFunctions):
    knobs = Knobs(pending_polls=0, update_polls=0, role_attempts=0, max_sync=2000, max_async=1000)

    def behave(self, name, runtime="provided.al2023", code=CODE):
        self.active(Handler=name, Runtime=runtime, Code={"ZipFile": code})

    def test_echo_and_modes(self):
        self.behave("behaviour.echo")
        self.assertEqual(self.invoke('{"ü": 1}'.encode())[1].decode(), '{"ü": 1}')
        self.assertEqual(self.invoke(InvocationType="DryRun")[0]["StatusCode"], 204)
        self.assertEqual(self.invoke(InvocationType="Event")[0]["StatusCode"], 202)

    def test_payloads(self):
        self.behave("behaviour.echo")
        for payload in (b"{", b"\xff", b"plain"):
            self.refused("InvalidRequestContentException", self.lambdas.invoke, FunctionName="hello", Payload=payload)
        self.refused("RequestTooLargeException", self.lambdas.invoke, FunctionName="hello", Payload=b'"%s"' % (b"x" * 1999))
        self.refused("RequestTooLargeException", self.lambdas.invoke, FunctionName="hello", InvocationType="Event",
                     Payload=b'"%s"' % (b"x" * 999))

    def test_errors_are_values(self):
        self.behave("behaviour.error")
        reply, payload = self.invoke()
        self.assertEqual((reply["StatusCode"], reply["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.loads(payload)["errorType"], "app.Refused")

    def test_timeouts(self):
        self.behave("behaviour.timeout")
        self.assertIn("Task timed out after 3.00 seconds", json.loads(self.invoke()[1])["errorMessage"])

    def test_the_tail_has_four_kilobytes(self):
        self.behave("behaviour.flood")
        tail = base64.b64decode(self.invoke(LogType="Tail")[0]["LogResult"]).decode()
        self.assertEqual(len(tail), 4096)
        self.assertIn("the last line\nEND RequestId: ", tail)
        self.assertNotIn("LogResult", self.invoke()[0])

    def test_context(self):
        self.behave("behaviour.context")
        client = base64.b64encode(b'{"a": 1}').decode()
        said = json.loads(self.invoke(ClientContext=client)[1])
        self.assertEqual(said["client"], {"a": 1})
        self.assertLessEqual(said["remainingMs"], 3000)
        self.refused("InvalidRequestContentException", self.lambdas.invoke, FunctionName="hello", ClientContext="x" * 3584)

    def test_python_runs(self):
        self.behave("app.handler", "python3.12", zip_of({"app.py": PYTHON}))
        reply, payload = self.invoke(b'{"httpMethod": "GET"}', LogType="Tail")
        self.assertEqual(json.loads(payload)["body"], "hello GET")
        self.assertIn("hello None\n", base64.b64decode(reply["LogResult"]).decode())

    def test_python_has_its_code_and_environment_alone(self):
        source = ("import os\ndef handler(event, context):\n"
                  "    return [open('data.txt').read(), os.environ.get('MINE'), os.environ['AWS_REGION'],\n"
                  "            sorted(name for name in os.environ if 'SECRET' in name), context.function_name]\n")
        os.environ["CKTEST_SECRET"] = "cktest-python-1"  # Of the fake's own.
        self.addCleanup(os.environ.pop, "CKTEST_SECRET")
        code = zip_of({"app.py": source, "data.txt": "beside it"})
        self.active(Handler="app.handler", Runtime="python3.12", Code={"ZipFile": code},
                    Environment={"Variables": {"MINE": "ä"}})
        said = '["beside it", "ä", "us-west-2", [], "hello"]'
        self.assertEqual(self.invoke()[1].decode(), said)
        # Before Python 3.12 replies were escaped.
        self.lambdas.update_function_configuration(FunctionName="hello", Runtime="python3.11")
        self.assertEqual(self.invoke()[1].decode(), said.replace("ä", "\\u00e4"))

    def test_python_that_hangs_or_exits(self):
        self.behave("app.hang", "python3.12", zip_of({"app.py": (
            "import os, time\nprint('before', flush=True)\ndef hang(event, context):\n    time.sleep(60)\n"
            "def leave(event, context):\n    os._exit(event)\n"), "gone.py": "import os\nos.abort()\n"}))
        self.lambdas.update_function_configuration(FunctionName="hello", Timeout=1)
        begun = time.monotonic()
        reply, payload = self.invoke(LogType="Tail")
        self.assertLess(time.monotonic() - begun, 20)
        said = json.loads(payload)
        self.assertEqual((reply["FunctionError"], said["errorType"]), ("Unhandled", "Sandbox.Timedout"))
        self.assertRegex(said["errorMessage"], "^RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds$")
        self.assertIn("\nbefore\nRequestId: ", base64.b64decode(reply["LogResult"]).decode())
        for handler, payload, end in (("app.leave", b"7", "with error: exit status 7"),
                                      ("app.leave", b"0", "without providing a reason"),
                                      ("gone.handler", b"0", "with error: signal: aborted")):
            with self.subTest(end):
                self.lambdas.update_function_configuration(FunctionName="hello", Handler=handler, Timeout=30)
                reply, payload = self.invoke(payload)
                said = json.loads(payload)
                self.assertEqual((reply["FunctionError"], said["errorType"]), ("Unhandled", "Runtime.ExitError"))
                self.assertTrue(said["errorMessage"].endswith(" Error: Runtime exited " + end), said)

    def test_python_that_does_not_start(self):
        self.behave("app.handler", "python3.12", zip_of({"app.py": "raise OSError('no configuration')\n",
                                                         "bad.py": "def handler(:\n", "good.py": "x = 1\n"}))
        for handler, kind, message in (("app.handler", "OSError", "no configuration"),
                                       ("bad.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'bad': "),
                                       ("good.none", "Runtime.HandlerNotFound", "Handler 'none' missing on module 'good'")):
            with self.subTest(handler):
                self.lambdas.update_function_configuration(FunctionName="hello", Handler=handler)
                reply, payload = self.invoke(LogType="Tail")
                said = json.loads(payload)
                self.assertEqual((reply["FunctionError"], said["errorType"]), ("Unhandled", kind))
                self.assertIn(message, said["errorMessage"])
                self.assertIn(f"[ERROR] {kind}: {message}", base64.b64decode(reply["LogResult"]).decode())

    def test_python_that_is_not_there_or_raises(self):
        self.behave("other.handler", "python3.12", zip_of({"app.py": "def handler(e, c): raise KeyError('x')"}))
        self.assertEqual(json.loads(self.invoke()[1])["errorType"], "Runtime.ImportModuleError")
        self.lambdas.update_function_configuration(FunctionName="hello", Handler="app.handler")
        said = json.loads(self.invoke()[1])
        self.assertEqual((said["errorType"], said["errorMessage"], len(said["stackTrace"])), ("KeyError", "'x'", 1))
        self.assertIn("requestId", said)

    def test_logs(self):
        group = "/aws/lambda/hello"
        self.behave("behaviour.log")
        self.refused("ResourceNotFoundException", self.logs.filter_log_events, logGroupName=group)
        for _ in range(3):
            self.invoke()
        pages = list(self.logs.get_paginator("filter_log_events").paginate(logGroupName=group,
                                                                           PaginationConfig={"PageSize": 5}))
        lines = [event["message"] for page in pages for event in page["events"]]
        self.assertEqual((len(pages), len(lines)), (3, 12))
        self.assertEqual(lines.count("a line of the function\n"), 3)
        later = self.logs.filter_log_events(logGroupName=group, startTime=int(time.time() * 1000) + 60_000)
        self.assertEqual(later["events"], [])
        self.logs.delete_log_group(logGroupName=group)
        self.refused("ResourceNotFoundException", self.logs.delete_log_group, logGroupName=group)

    def test_a_role_without_the_policy_logs_nothing(self):
        self.active(Role=self.role("mute", logs=False))
        self.invoke()
        self.assertEqual(self.logs.describe_log_groups()["logGroups"], [])


class Roles(WithFunctions):
    def test_a_role_goes_last(self):
        self.role()
        self.refused("EntityAlreadyExists", self.iam.create_role, RoleName="exec",
                     AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
        document = self.iam.get_role(RoleName="exec")["Role"]["AssumeRolePolicyDocument"]
        self.assertEqual(document["Statement"][0]["Principal"], {"Service": "lambda.amazonaws.com"})
        self.iam.put_role_policy(RoleName="exec", PolicyName="p", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
        allowed = {"Effect": "Allow", "Action": "logs:*"}
        for statement in (allowed, {**allowed, "Resource": "*", "Principal": {"AWS": "*"}}):
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self.refused("MalformedPolicyDocument", self.iam.put_role_policy, RoleName="exec", PolicyName="p", PolicyDocument=policy)
            self.refused("MalformedPolicyDocument", self.iam.create_role, RoleName="bad", AssumeRolePolicyDocument=policy)
        self.refused("DeleteConflict", self.iam.delete_role, RoleName="exec")
        attached = self.iam.list_attached_role_policies(RoleName="exec")["AttachedPolicies"]
        self.assertEqual([policy["PolicyArn"] for policy in attached], [LOGS])
        self.iam.detach_role_policy(RoleName="exec", PolicyArn=LOGS)
        self.refused("DeleteConflict", self.iam.delete_role, RoleName="exec")
        self.assertEqual(self.iam.list_role_policies(RoleName="exec")["PolicyNames"], ["p"])
        self.iam.delete_role_policy(RoleName="exec", PolicyName="p")
        self.assertEqual([role["RoleName"] for role in self.iam.list_roles()["Roles"]], ["exec"])
        self.iam.delete_role(RoleName="exec")
        self.refused("NoSuchEntity", self.iam.get_role, RoleName="exec")
        self.refused("NoSuchEntity", self.iam.detach_role_policy, RoleName="exec", PolicyArn=LOGS)
        self.refused("MalformedPolicyDocument", self.iam.create_role, RoleName="bad", AssumeRolePolicyDocument="{}")
        self.refused("ValidationError", self.iam.create_role, RoleName="a/b",
                     AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))

    def test_tags(self):
        self.iam.create_role(RoleName="t", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
                             Tags=[{"Key": "a", "Value": "1"}])
        self.iam.tag_role(RoleName="t", Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
        self.assertEqual(self.iam.list_role_tags(RoleName="t")["Tags"],
                         [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}])


if __name__ == "__main__":
    unittest.main()
