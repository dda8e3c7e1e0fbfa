"""boto3 grades the fake of EventBridge, its Scheduler and its rules."""

import datetime
import json
import time
import unittest
import urllib.request
import zoneinfo

from fake_functions.firing import fires
from function_clients import WithFunctions


class Schedules(WithFunctions):
    def arguments(self, role, **more):
        return {"Name": "nightly", "ScheduleExpression": "cron(0 1 * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"},
                "ScheduleExpressionTimezone": "Europe/Berlin", "ClientToken": "one",
                "Target": {"Arn": "arn:aws:lambda:us-west-2:123456789012:function:hello", "RoleArn": role, "Input": "{}"},
                **more}

    def test_a_schedule(self):
        role = self.role("sched", "scheduler.amazonaws.com")
        self.scheduler.create_schedule(**self.arguments(role))
        self.scheduler.create_schedule(**self.arguments(role))  # With the same token.
        self.refused("ConflictException", self.scheduler.create_schedule, **self.arguments(role, ClientToken="two"))
        self.assertEqual(self.scheduler.get_schedule(Name="nightly")["ScheduleExpression"], "cron(0 1 * * ? *)")
        changed = self.arguments(role, ScheduleExpression="cron(0/15 9-17 ? * 2-6 *)")
        del changed["ScheduleExpressionTimezone"]
        self.scheduler.update_schedule(**changed)
        now = self.scheduler.get_schedule(Name="nightly")
        self.assertEqual((now["ScheduleExpressionTimezone"], now["State"]), ("UTC", "ENABLED"))
        self.assertEqual([item["Name"] for item in self.scheduler.list_schedules()["Schedules"]], ["nightly"])
        self.scheduler.delete_schedule(Name="nightly")
        self.refused("ResourceNotFoundException", self.scheduler.delete_schedule, Name="nightly")

    def test_what_breaks_a_rule_is_refused(self):
        role = self.role("sched", "scheduler.amazonaws.com")
        other = self.role("other")
        for more in ({"ScheduleExpression": "cron(0 1 * * * *)"}, {"ScheduleExpression": "0 1 * * *"},
                     {"ScheduleExpression": "cron(0 1 ? * 0 *)"}, {"ScheduleExpression": "cron(60 1 * * ? *)"},
                     {"ScheduleExpression": "cron(0 1 1 * 2 *)"}, {"ScheduleExpressionTimezone": "Berlin"},
                     {"Name": "a b"}, {"Target": {"Arn": "hello", "RoleArn": role}}, self.arguments(other)):
            with self.subTest(more):
                self.refused("ValidationException", self.scheduler.create_schedule, **self.arguments(role) | more)


    def test_it_fires_as_the_clock_moves(self):
        self.active(Handler="behaviour.log")
        role = self.role("sched", "scheduler.amazonaws.com")
        self.scheduler.create_schedule(**self.arguments(role, State="DISABLED"))
        self.scheduler.create_schedule(**self.arguments(role, Name="other"))
        may = {"Effect": "Allow", "Action": ["lambda:InvokeFunction"]}
        may = {name: json.dumps({"Version": "2012-10-17", "Statement": [
            {**may, "Resource": f"arn:aws:lambda:us-west-2:123456789012:function:{name}"}]}) for name in ("hello", "hell")}

        def lines_after(days):
            url = f"{self.server.url}/_fake/clock?seconds={days * 86400}"
            self.assertEqual(urllib.request.urlopen(urllib.request.Request(url, method="POST")).status, 204)
            until = time.monotonic() + 30
            while True:
                groups = self.logs.describe_log_groups()["logGroups"]
                events = self.logs.filter_log_events(logGroupName="/aws/lambda/hello")["events"] if groups else []
                lines = [event["message"] for event in events].count("a line of the function\n")
                if lines >= self.expected or time.monotonic() > until:
                    break
                time.sleep(0.02)
            return lines

        self.expected = 0
        self.iam.put_role_policy(RoleName="sched", PolicyName="p", PolicyDocument=may["hell"])
        self.assertEqual(lines_after(3), 0)  # By a role that may not.
        self.iam.put_role_policy(RoleName="sched", PolicyName="p", PolicyDocument=may["hello"])
        self.expected = 3
        self.assertEqual(lines_after(3), 3)
        self.scheduler.delete_schedule(Name="other")
        self.assertEqual(lines_after(3), 3)

    def test_when_it_fires(self):
        def count(cron, zone, begin, days):
            begin = datetime.datetime(*begin, tzinfo=datetime.timezone.utc)
            found = fires(f"cron({cron})", zoneinfo.ZoneInfo(zone), begin, begin + datetime.timedelta(days=days))
            return [f"{time:%m-%d %H:%M}" for time in found]

        # Berlin goes from 02:00 to 03:00 on March 29th, and back on October 25th.
        self.assertEqual(count("30 2 * * ? *", "Europe/Berlin", (2026, 3, 28), 3), ["03-28 01:30", "03-30 00:30"])
        self.assertEqual(count("30 2 * * ? *", "Europe/Berlin", (2026, 10, 24), 3),
                         ["10-24 00:30", "10-25 00:30", "10-26 01:30"])
        self.assertEqual(count("0/20 9-10 ? * MON-TUE,7 *", "UTC", (2026, 11, 28), 2),
                         [f"11-28 {hour:02d}:{minute:02d}" for hour in (9, 10) for minute in (0, 20, 40)])
        self.assertEqual(count("0 0 1 1 ? *", "UTC", (2026, 11, 28), 40), ["01-01 00:00"])
        self.assertEqual(count("0 0 * * ? 2027", "UTC", (2026, 12, 30), 3), ["01-01 00:00", "01-02 00:00"])


class RulesOfEventBridge(WithFunctions):
    def test_a_rule_and_its_targets(self):
        target = {"Id": "1", "Arn": "arn:aws:lambda:us-west-2:123456789012:function:hello", "Input": "{}"}
        arn = self.events.put_rule(Name="nightly", ScheduleExpression="cron(0 1 * * ? *)")["RuleArn"]
        self.assertEqual(self.events.put_rule(Name="nightly", ScheduleExpression="cron(0 2 * * ? *)")["RuleArn"], arn)
        done = self.events.put_targets(Rule="nightly", Targets=[target, {"Id": "2", "Arn": "hello"}])
        self.assertEqual((done["FailedEntryCount"], done["FailedEntries"][0]["TargetId"]), (1, "2"))
        self.assertEqual(self.events.list_targets_by_rule(Rule="nightly")["Targets"], [target])
        self.assertEqual(self.events.list_rules(NamePrefix="night")["Rules"][0]["ScheduleExpression"], "cron(0 2 * * ? *)")
        self.refused("ValidationException", self.events.delete_rule, Name="nightly")
        self.events.remove_targets(Rule="nightly", Ids=["1"])
        self.events.delete_rule(Name="nightly")
        self.events.delete_rule(Name="nightly")
        self.refused("ResourceNotFoundException", self.events.list_targets_by_rule, Rule="nightly")
        self.refused("ValidationException", self.events.put_rule, Name="x", ScheduleExpression="cron(0 1 * * * *)")
        self.refused("ValidationException", self.events.put_rule, Name="a b", ScheduleExpression="cron(0 1 * * ? *)")


if __name__ == "__main__":
    unittest.main()
