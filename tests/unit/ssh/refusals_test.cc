#include "machine.h"

#include "core/child_process.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

Error refusal_of(const ::test::Sshd& sshd, const ssh::ConnectionOptions& connection) {
  const auto done = ::test::Machine(sshd, connection).run("true");
  REQUIRE_FALSE(done);
  CHECK_FALSE(done.error().may_have_happened);
  return done.error();
}

std::string number(int value) { return std::to_string(value); }

}  // namespace

TEST_CASE("a host key that changed is refused, and the line that holds the old one is named") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  auto connection = sshd->connection();
  connection.known_hosts = sshd->file("changed_known_hosts");
  const Error error = refusal_of(*sshd, connection);
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.starts_with("the key of " + sshd->user() + "@127.0.0.1:" + number(sshd->port()) +
                                  " is not the one that is known: it has SHA256:"));
  CHECK(error.hint ==
        "somebody may be in between. If the host was made anew: ssh-keygen -R '[127.0.0.1]:" + number(sshd->port()) +
            "' -f '" + connection.known_hosts + "' removes the old key at " + connection.known_hosts + ":2");
  const auto asked = ::test::Machine(*sshd, connection).driver->get("127.0.0.1", {});
  REQUIRE_FALSE(asked);
  CHECK(asked.error().code == ErrorCode::permission_denied);
}

TEST_CASE("a host that nobody knows is refused, with how to come to know it") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  auto connection = sshd->connection();
  connection.known_hosts = directory.file("none");
  const Error error = refusal_of(*sshd, connection);
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.message.ends_with(" is not known, so it may be anybody's"));
  CHECK(error.hint.starts_with("ssh-keyscan -p " + number(sshd->port()) + " 127.0.0.1 >> " + connection.known_hosts));
}

TEST_CASE("a key that the host does not take is named, as one that is not there, or that others can read") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  auto connection = sshd->connection();
  connection.key = sshd->file("stranger");
  const Error stranger = refusal_of(*sshd, connection);
  CHECK(stranger.code == ErrorCode::unauthenticated);
  CHECK(stranger.message == sshd->user() + "@127.0.0.1:" + number(sshd->port()) +
                                " lets nobody in: Permission denied (publickey); tried keys: " + connection.key);
  CHECK(stranger.hint.starts_with("its public half belongs into ~" + sshd->user() + "/.ssh/authorized_keys"));

  connection.key = sshd->file("no-such-key");
  const Error missing = refusal_of(*sshd, connection);
  CHECK(missing.code == ErrorCode::unauthenticated);
  CHECK(missing.message == "read the key " + connection.key + ": No such file or directory");
  CHECK(missing.hint.starts_with("ssh-keygen -t ed25519 -f "));

  connection.key = sshd->file("sshd_config");
  const Error open = refusal_of(*sshd, connection);
  CHECK(open.code == ErrorCode::unauthenticated);
  CHECK(open.hint == "ssh takes no key that others can read: chmod 600 " + connection.key);
}

TEST_CASE("a key that only an agent holds is named by its public half") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  std::filesystem::copy_file(sshd->key + ".pub", directory.file("held.pub"));
  auto connection = sshd->connection();
  connection.key = directory.file("held");
  ::setenv("SSH_AUTH_SOCK", directory.file("agent").c_str(), 1);
  CHECK(refusal_of(*sshd, connection).code == ErrorCode::unauthenticated);
  // In a session of its own: what a program leaves behind in its process group ends with it.
  const std::string started =
      core::run_program({"setsid", "-w", "ssh-agent", "-a", directory.file("agent")}, {}, {}).value().output;
  REQUIRE(core::run_program({"ssh-add", "-q", sshd->key}, {}, {}).value().exit_code == 0);
  const auto done = ::test::Machine(*sshd, connection).run("echo in");
  CHECK_MESSAGE((done && done->out == "in\n"), (done ? done->err : done.error().to_string()));
  ::unsetenv("SSH_AUTH_SOCK");
  const std::string pid = started.substr(started.find("SSH_AGENT_PID=") + 14);
  CHECK(core::run_program({"kill", pid.substr(0, pid.find(';'))}, {}, {}).value().exit_code == 0);
}

TEST_CASE("a port where nobody listens, and a name that leads nowhere, are unavailable") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  ssh::SshOptions options;
  options.host = "127.0.0.1";
  options.user = "u";
  options.port = 1;
  options.connection = sshd->connection();
  const auto dead = ssh::make_driver(options).value();
  const auto refused = dead->submit_command("127.0.0.1", {"true", 10s}, {}).error();
  CHECK(refused.code == ErrorCode::unavailable);
  CHECK(refused.message == "u@127.0.0.1:1: connect to host 127.0.0.1 port 1: Connection refused");
  CHECK(refused.hint == "is sshd running there, on this port?");
  const auto instance = dead->get("127.0.0.1", {}).value();
  CHECK(instance.state == InstanceState::unknown);
  CHECK(instance.state_reason == refused.message);
  CHECK(dead->agent_ready("127.0.0.1", {}).error().code == ErrorCode::unavailable);

  options.host = "no-such-host.invalid";
  const auto nowhere = ssh::make_driver(options).value()->submit_command(options.host, {"true", 10s}, {}).error();
  CHECK(nowhere.code == ErrorCode::unavailable);
  CHECK(nowhere.message.find("Could not resolve hostname no-such-host.invalid") != std::string::npos);
}

TEST_CASE("without ssh, or with a configuration that it cannot read, that is what the error says") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  auto connection = sshd->connection();
  connection.program = "cloudkit-no-ssh";
  const Error missing = refusal_of(*sshd, connection);
  CHECK(missing.code == ErrorCode::unsupported);
  CHECK(missing.message == "there is no program \"cloudkit-no-ssh\"");
  CHECK(missing.hint == "install OpenSSH's client: apt install openssh-client");

  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("config")) << "Nonsense yes\n";
  connection = sshd->connection();
  connection.config = directory.file("config");
  const Error bad = refusal_of(*sshd, connection);
  CHECK(bad.code == ErrorCode::invalid_argument);
  CHECK(bad.message.find("line 1: Bad configuration option: nonsense") != std::string::npos);
}

TEST_CASE("hosts of an inventory are reached by what it says of them") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("hosts")) << "[web]\nweb1\nweb2 ansible_port=1\n[db]\ndb1 ansible_user=nobody-at-all\n"
                                            "[all:vars]\nansible_host=127.0.0.1\nansible_port="
                                         << sshd->port() << "\nansible_user=" << sshd->user()
                                         << "\nansible_ssh_private_key_file=" << sshd->key << '\n';
  ssh::InventoryOptions options;
  options.file = directory.file("hosts");
  options.connection.known_hosts = sshd->file("known_hosts");
  options.connection.config = "none";
  const auto driver = ssh::make_driver(options).value();
  const auto all = driver->list_page({}, "", {}).value().instances;
  REQUIRE(all.size() == 3);
  CHECK(all[0].id == "web1");
  CHECK(all[0].state == InstanceState::unknown);
  CHECK(all[0].state_reason == "nobody has asked it");
  CHECK(all[0].tags == std::map<std::string, std::string>{{"group:web", ""}});
  InstanceFilter filter;
  filter.tags = {{"group:web", ""}};
  CHECK(driver->list_page(filter, "", {}).value().instances.size() == 2);
  filter.states = {InstanceState::running};
  const auto running = driver->list_page(filter, "", {}).value().instances;
  REQUIRE(running.size() == 1);
  CHECK(running[0].id == "web1");
  CHECK(driver->submit_command("web1", {"echo here", 10s}, {}).value().result->out == "here\n");
  CHECK(driver->submit_command("db1", {"true", 10s}, {}).error().code == ErrorCode::unauthenticated);
}
