"""The scripted docker keeps to what the real one says and does, as far as deploying a container goes."""

import json
import re
import time
import unittest

from docker_engine import APP, PASSWORD, WithDocker, fetched, free_port

REPOSITORY = "123456789012.dkr.ecr.us-west-2.amazonaws.com/web"


class Images(WithDocker):
    def test_version(self):
        self.assertIn("Server:", self.ok("version"))
        self.assertRegex(self.ok("version", "--format", "{{.Server.Version}}"), r"^\d+\.\d+\.\d+\n$")

    def test_an_image_is_what_its_dockerfile_says(self):
        self.ok("build", "--platform", "linux/amd64", "-t", "web:1", APP)
        identity = self.ok("build", "-q", APP).strip()
        self.ok("tag", identity, "other:2")
        self.ok("tag", "web:1", REPOSITORY + ":1")
        image = self.state / "images" / identity.removeprefix("sha256:")
        config = json.loads((image / "config.json").read_text())
        self.assertEqual(config["command"], ["python3", "app.py"])
        self.assertEqual(config["user"], "10001:10001")
        # The base is pinned to a version, and to one of the small ones.
        self.assertRegex(config["base"], r"^python:\d+\.\d+\.\d+-alpine\d+\.\d+$")
        self.assertEqual([path.name for path in (image / "root" / "app").iterdir()], ["app.py"])

    def test_bad_contexts(self):
        self.fails("path \"nothing\" not found", "build", "nothing")
        self.write("empty/x", "")
        self.fails("failed to read dockerfile: open Dockerfile: no such file or directory", "build", "empty")
        for text, why in (("FROM a\nFLY b\n", "dockerfile parse error on line 2: unknown instruction: FLY"),
                          ("COPY a b\n", "no build stage in current context"), ("# nothing\n", "file with no instructions"),
                          ("FROM a\nCOPY missing /x\n", '"/missing": not found'),
                          ("FROM a\nCOPY ../secret /x\n", "not found"), ("FROM a\nUSER\n", "requires at least one argument")):
            with self.subTest(text):
                self.write("bad/Dockerfile", text)
                self.fails(why, "build", "bad")

    def test_bad_names(self):
        self.fails("repository name must be lowercase", "build", "-t", "Web:1", APP)
        self.fails("is not a valid repository/tag", "tag", "web:1", "a b")
        self.fails("No such image: none:latest", "tag", "none", "other")
        self.fails("requires 1 argument", "build")
        self.fails("unknown flag: --squash", "build", "--squash", APP)
        self.fails("unknown command: docker fly", "fly")


class Registries(WithDocker):
    def setUp(self):
        super().setUp()
        self.ok("build", "-t", REPOSITORY + ":1", APP)
        (self.state / "registry" / "password").write_text(PASSWORD)

    def login(self, *arguments, data=PASSWORD):
        return self.call("login", *arguments, REPOSITORY.partition("/")[0], data=data)

    def test_a_password_comes_by_standard_input_and_no_other_way(self):
        for arguments, data, why in (
                (("-u", "AWS", "-p", PASSWORD), "", "Use --password-stdin"),
                (("-u", "AWS", f"--password={PASSWORD}"), "", "Use --password-stdin"),
                (("-u", "AWS"), PASSWORD, "Cannot perform an interactive login"),
                (("--password-stdin",), PASSWORD, "Must provide --username"),
                (("-u", "AWS", "--password-stdin"), "", "password is empty"),
                (("-u", "AWS", "--password-stdin"), "cktest-docker-2", "failed with status: 400 Bad Request"),
                (("-u", "me", "--password-stdin"), PASSWORD, "failed with status: 400 Bad Request")):
            with self.subTest(arguments):
                status, _, said = self.login(*arguments, data=data)
                self.assertEqual(status, 1)
                self.assertIn(why, said)
        self.assertEqual(self.login("--username", "AWS", "--password-stdin", data=PASSWORD + "\n")[1], "Login Succeeded\n")
        last = self.calls()[-1]
        self.assertEqual((last["input"], last["arguments"][:2]), (len(PASSWORD) + 1, ["login", "--username"]))
        self.assertEqual([call["input"] for call in self.calls()[:-1] if "--password-stdin" not in call["arguments"]],
                         [0] * 4)

    def test_who_has_not_logged_in_does_not_push_or_pull(self):
        self.fails("no basic auth credentials", "push", REPOSITORY + ":1")
        self.login("-u", "AWS", "--password-stdin")
        self.fails("does not exist locally with the tag", "push", REPOSITORY + ":2")
        self.assertRegex(self.ok("push", REPOSITORY + ":1"), r"1: digest: sha256:[0-9a-f]{64} size: \d+\n$")
        self.fails("manifest unknown", "pull", REPOSITORY + ":2")
        self.ok("pull", REPOSITORY + ":1")
        (self.state / "registry" / "password").write_text("cktest-docker-3")
        self.fails("Your authorization token has expired", "push", REPOSITORY + ":1")
        self.ok("logout", REPOSITORY.partition("/")[0])
        self.fails("no basic auth credentials", "pull", REPOSITORY + ":1")

    def test_credentials_are_where_docker_keeps_them(self):
        self.environment["DOCKER_CONFIG"] = str(self.directory / "own")
        self.login("-u", "AWS", "--password-stdin")
        self.assertEqual((self.directory / "own" / "config.json").stat().st_mode & 0o777, 0o600)
        del self.environment["DOCKER_CONFIG"]
        self.fails("no basic auth credentials", "push", REPOSITORY + ":1")
        self.ok("--config", self.directory / "own", "push", "-q", REPOSITORY + ":1")

    def test_it_fails_when_it_is_told_to(self):
        (self.state / "fail-once-version").write_text("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is "
                                                      "the docker daemon running?\n")
        self.fails("Cannot connect to the Docker daemon", "version")
        self.ok("version")
        (self.state / "fail-push").write_text("toomanyrequests: You have reached your pull rate limit.")
        for _ in range(2):
            self.fails("toomanyrequests", "push", REPOSITORY + ":1")


class Containers(WithDocker):
    def test_a_container_runs_until_it_is_stopped(self):
        self.ok("build", "-t", "web", APP)
        port = free_port()
        self.addCleanup(self.call, "rm", "-f", "web")
        identity = self.ok("run", "-d", "--name", "web", "--restart", "always", "-p", f"{port}:5000", "-e", "GREETING=Hi",
                           "web").strip()
        self.assertRegex(identity, "^[0-9a-f]{64}$")
        self.assertIn("<h1>Hi</h1>", fetched(f"http://127.0.0.1:{port}/")[1])
        self.assertEqual(self.ok("ps", "--format", "{{.Names}}"), "web\n")
        self.fails("is already in use", "run", "-d", "--name", "web", "web")
        self.fails("container is running", "rm", "web")
        self.assertEqual(self.ok("stop", identity), identity + "\n")
        self.assertEqual(self.ok("ps", "-q"), "")
        self.assertIn("app: ended", self.ok("logs", "web"))
        self.ok("rm", "web")
        self.ok("rm", "-f", "web")
        self.fails("No such container: web", "rm", "web")

    def test_a_container_is_inspected_renamed_and_started_again(self):
        image = self.ok("build", "-q", "-t", "web", APP)
        self.assertEqual(self.ok("image", "inspect", "-f", "{{.Id}}", "web"), image)
        self.fails("No such image: none:latest", "image", "inspect", "none")
        port, variables = free_port(), self.write("variables", "GREETING=Hi there\n")
        self.addCleanup(self.call, "rm", "-f", "old")
        self.ok("run", "-d", "--name", "web", "--label", "cloudkit.steps=1", "-p", f"{port}:5000", "--env-file", variables, "web")
        self.assertIn("<h1>Hi there</h1>", fetched(f"http://127.0.0.1:{port}/")[1])
        self.ok("rename", "web", "old")
        self.fails("No such container: web", "container", "inspect", "web")
        self.ok("stop", "old")
        asked = '{{index .Config.Labels "cloudkit.steps"}} {{.Image}} {{.State.Running}}'
        self.assertEqual(self.ok("container", "inspect", "-f", asked, "old"), f"1 {image.strip()} false\n")
        self.ok("start", "old")
        self.assertEqual(self.ok("container", "inspect", "-f", asked, "old"), f"1 {image.strip()} true\n")
        self.assertIn("<h1>Hi there</h1>", fetched(f"http://127.0.0.1:{port}/")[1])

    def inspected(self, name, template="{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}"):
        return self.ok("container", "inspect", "-f", template, name).strip()

    def becomes(self, wanted, name):
        deadline = time.monotonic() + 10
        while not re.fullmatch(wanted, now := self.inspected(name)):
            self.assertLess(time.monotonic(), deadline, now)
            time.sleep(0.02)

    def create(self, name, *arguments):
        self.addCleanup(self.call, "rm", "-f", name)
        return self.ok("create", "--name", name, *arguments).strip()

    def test_a_created_container_runs_once_it_is_started(self):
        self.ok("build", "-t", "web", APP)
        identity = self.create("web", "web", "sleep", "60")
        self.assertRegex(identity, "^[0-9a-f]{64}$")
        self.assertEqual(self.inspected("web"), "created 0 0")
        self.assertEqual(self.ok("ps", "--format", "{{.Names}}"), "")
        self.assertEqual(self.ok("ps", "-a", "--filter", "name=we", "--format", "{{.Names}}"), "web\n")
        self.assertEqual(self.ok("ps", "-a", "--filter", "name=web.old", "--format", "{{.Names}}"), "")
        self.assertEqual(self.ok("logs", "--tail", "20", "web"), "")
        self.assertEqual(self.ok("start", identity), identity + "\n")
        self.assertEqual(self.inspected("web"), "running 0 0")
        self.ok("rename", "web", "old")
        self.ok("stop", "old")
        self.assertEqual(self.inspected("old"), "exited 143 0")
        self.fails(f'The container name "/old" is already in use by container "{identity}"', "create", "--name", "old", "web")
        self.ok("rm", "old")

    def test_a_container_that_ends_is_started_again_where_it_is_to_be(self):
        self.ok("build", "-t", "web", APP)
        for restart, end, wanted in (("no", "exit 3", "exited 3 0"), ("on-failure", "exit 0", "exited 0 0"),
                                     ("on-failure:2", "exit 3", "exited 3 2"), ("always", "exit 3", "restarting 3 [1-9]"),
                                     ("unless-stopped", "exit 0", "restarting 0 [1-9]")):
            with self.subTest(restart):
                self.create("web", "--restart", restart, "web", "sh", "-c", f"echo once; {end}")
                self.ok("start", "web")
                self.becomes(wanted, "web")
                if wanted.startswith("restarting"):
                    self.fails("stop the container before removing or force remove", "rm", "web")
                    self.ok("stop", "web")
                    self.assertRegex(self.inspected("web"), "^exited ")
                self.assertEqual(self.ok("logs", "-n", "1", "web"), "once\n")
                self.ok("rm", "web")

    def test_bad_containers(self):
        self.ok("build", "-t", "web", APP)
        self.fails("invalid restart policy", "run", "-d", "--restart", "sometimes", "web")
        self.fails("cannot specify both --restart and --rm", "run", "-d", "--rm", "--restart", "always", "web")
        self.fails("manifest unknown", "run", "-d", "none")
        self.fails("manifest unknown", "create", "none")
        self.fails("unknown flag: -d", "create", "-d", "web")
        self.create("bad", "web", "no-such-program")
        self.fails("no-such-program: No such file or directory\nfailed to start containers: bad", "start", "bad")
        self.assertEqual(self.inspected("bad"), "created 127 0")


if __name__ == "__main__":
    unittest.main()
