#include "deploy_container.h"

using examples::contains;

namespace {

struct Local : examples::Deployment {
  std::string on = "local://" + directory.file("machines");
  std::string port = examples::free_port();

  ~Local() { CHECK(run(on, "--remove").exit_code == 0); }
  examples::Outcome deploy(const std::string& more) const { return run(on, app() + " --patience 20 " + more); }
  examples::Outcome deploy() const { return deploy("--port " + port); }
  void write_dockerfile(const std::string& text) const { examples::write(app() + "/Dockerfile", text); }
  std::string processes() const {
    return test::run_program("",
                             "pgrep -af '[i]nstances/.*" + directory.path() + "|" + directory.path() + "/[m]achines'")
        .output;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Local, "the application is served, found again, changed, and nothing of it is left") {
  const auto first = deploy();
  CHECK_MESSAGE(first.exit_code == 0, first.output);
  CHECK(first.output.starts_with("launched web (i-"));
  CHECK(contains(first.output, "changed file /srv/app/app.py\nchanged file /etc/rc.local\n"));
  CHECK(first.output.ends_with("serving at http://127.0.0.1:" + port + "/\n"));
  CHECK(contains(examples::page(port), "<h1>Hello from a container</h1>"));
  CHECK_FALSE(processes().empty());

  const auto second = deploy();
  CHECK(second.exit_code == 0);
  CHECK(contains(second.output, ") is there already\nnothing changed, 4 steps ok\nserving at "));
  // Nobody has restarted it: it knows of its visitors still.
  CHECK_FALSE(contains(examples::page(port), " to 1 visitors"));

  change_greeting("Hello again");
  const auto third = deploy();
  CHECK(third.exit_code == 0);
  CHECK(contains(third.output, ") is there already\nchanged file /srv/app/app.py\nserving at "));
  CHECK(contains(examples::page(port), "<h1>Hello again</h1>"));

  const auto removed = run(on, "--remove");
  CHECK(removed.exit_code == 0);
  CHECK(removed.output.starts_with("removed the machine web (i-"));
  CHECK(examples::page(port).empty());
  CHECK(processes().empty());
  CHECK(run(on, "--remove").output == "there is no machine web\n");
}

TEST_CASE_FIXTURE(Local, "a free port is chosen, and stays; one that is taken is refused before anything is made") {
  const auto first = deploy("--port 0");
  REQUIRE_MESSAGE(first.exit_code == 0, first.output);
  const std::string served = first.output.substr(first.output.rfind("serving at "));
  CHECK(deploy("--port 0").output.ends_with(served));

  const std::string taken = served.substr(served.rfind(':') + 1, served.rfind('/') - served.rfind(':') - 1);
  const std::string elsewhere = "local://" + directory.file("elsewhere");
  const auto refused = run(elsewhere, app() + " --port " + taken);
  CHECK(refused.exit_code == 1);
  CHECK(refused.output == "conflict: port " + taken + ": Address already in use\n  hint: --port 0 takes a free one\n");
  CHECK(run(elsewhere, "--remove").output == "there is no machine web\n");
}

TEST_CASE_FIXTURE(Local, "the Dockerfile's last stage says what runs, and in which environment") {
  write_dockerfile(
      "FROM a AS build\nCMD [\"false\"]\nRUN make\n# comment\nFROM b\nENV GREETING=\"it's \\\"quoted\\\"\" \\\n  "
      "OTHER=x\n"
      "ENTRYPOINT [\"env\", \"A=b c\"]\ncmd [\"python3\", \"app.py\"]\n");
  const auto served = deploy();
  REQUIRE_MESSAGE(served.exit_code == 0, served.output);
  CHECK(contains(examples::page(port), "<h1>it&#x27;s &quot;quoted&quot;</h1>"));
}

TEST_CASE_FIXTURE(Local,
                  "an application that ends is started again; one that never answers is shown by its own words") {
  write_dockerfile("FROM a\nCMD test -e ../once && exec python3 app.py; touch ../once; echo cannot yet\n");
  const auto served = deploy();
  CHECK_MESSAGE(served.exit_code == 0, served.output);

  write_dockerfile("FROM a\nCMD [\"sh\", \"-c\", \"echo no such luck; exit 3\"]\n");
  const auto failed = run(on, app() + " --patience 2 --port " + port);
  CHECK(failed.exit_code == 5);
  CHECK(contains(failed.output, "\nno such luck\nweb ended, exit status 3; it is started again\n"));
  CHECK(contains(failed.output, "what was made stays; --remove takes it away\n"));
}

TEST_CASE_FIXTURE(Local, "--dry-run prints what a machine would be given, and makes nothing") {
  const auto local = deploy("--dry-run");
  CHECK(local.exit_code == 0);
  CHECK(local.output.starts_with("#!/bin/sh\n"));
  CHECK(contains(local.output, "\nbegin 'file /srv/app/app.py'\n"));
  CHECK(contains(local.output, "python3"));
  CHECK_FALSE(std::filesystem::exists(directory.file("machines")));

  // Neither an engine nor credentials.
  const auto aws = run("aws://us-west-2", app() + " --dry-run --port 8080", "PATH=/usr/bin:/bin ");
  CHECK(aws.exit_code == 0);
  CHECK(contains(aws.output, "\nkeep_package docker\n"));
  CHECK(contains(aws.output, "\necr_login 123456789012.dkr.ecr.us-west-2.amazonaws.com us-west-2\n"));
  CHECK(
      contains(aws.output, " --restart always -p 8080:5000 123456789012.dkr.ecr.us-west-2.amazonaws.com/web:latest\n"));
  CHECK(aws.output.ends_with("nothing has been made\n"));
  const auto other = run("aws://us-west-2", app() + " --dry-run --registry registry.example/team/web");
  CHECK(contains(other.output, " -p 5000:5000 registry.example/team/web:latest\n"));
  CHECK_FALSE(contains(other.output, "\necr_login 1"));
}

TEST_CASE_FIXTURE(Local, "what cannot be is refused before anything is made") {
  const auto no_role = run("aws://us-west-2", app());
  CHECK(no_role.exit_code == 2);
  CHECK(
      contains(no_role.output, "--identity PROFILE\n  hint: an instance profile whose role has AmazonEC2ContainerReg"));
  const auto no_port = run("aws://us-west-2", app() + " --identity web --port 0");
  CHECK(no_port.exit_code == 2);
  CHECK(deploy("--port 65536").exit_code == 2);
  const auto nowhere = run(on, directory.file("nothing"));
  CHECK(nowhere.exit_code == 3);
  CHECK(contains(nowhere.output, "/nothing/Dockerfile cannot be read\n  hint: DIR is a directory with a Dockerfile\n"));
  CHECK(run("s3://bucket", app()).output ==
        "deploy_container: --on is where machines are made\n  hint: aws://REGION or local:///DIR\n");
  CHECK(run(on, "").exit_code == 2);  // No DIR.

  write_dockerfile("FROM a\nENV PORT\n");
  const auto environment = deploy();
  CHECK(environment.exit_code == 2);
  CHECK(contains(environment.output, "/app/Dockerfile:2: ENV is NAME=VALUE\n"));
  write_dockerfile("FROM a\nEXPOSE http\n");
  CHECK(contains(deploy().output, "/app/Dockerfile:2: EXPOSE is a port\n"));
  write_dockerfile("FROM a\n");
  const auto command = deploy();
  CHECK(command.exit_code == 2);
  CHECK(command.output.starts_with("deploy_container: the Dockerfile has no CMD\n  hint: "));
  CHECK_FALSE(std::filesystem::exists(directory.file("machines")));
}

TEST_CASE_FIXTURE(Local, "where no engine answers, that is said first") {
  std::filesystem::create_directory(directory.file("bin"));
  for (const char* engine : {"/docker", "/podman"}) {
    examples::write(directory.file("bin") + engine, "#!/bin/sh\nexit 1\n");
    std::filesystem::permissions(directory.file("bin") + engine, std::filesystem::perms::owner_all);
  }
  const auto outcome = run("aws://us-west-2?endpoint=http://127.0.0.1:1", app() + " --identity web",
                           "PATH=" + directory.file("bin") + ":$PATH ");
  CHECK(outcome.exit_code == 5);
  CHECK(outcome.output.starts_with(
      "unavailable: no engine of containers answers: neither docker nor podman\n  hint: start docker ("));
}
