#include "machine.h"

#include "core/child_process.h"
#include "core/local_source.h"
#include "ssh/remote_shell.h"
#include "ssh/session.h"
#include "support/stopwatch.h"
#include "support/temporary_directory.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

// What the sshd has logged of the connections of one test, which nobody else makes with this key.
class Counted {
 public:
  explicit Counted(const ::test::Sshd& sshd) : sshd_(sshd), from_(sshd.log().size()) {
    const std::string shown = core::run_program({"ssh-keygen", "-lf", sshd.file("counted.pub")}, {}, {}).value().output;
    fingerprint_ = shown.substr(shown.find("SHA256:"));
    fingerprint_.resize(fingerprint_.find(' '));
  }

  ::test::Machine machine() const {
    auto connection = sshd_.connection();
    connection.key = sshd_.file("counted");
    return {sshd_, connection};
  }
  std::size_t connections() const { return ports().size(); }
  // "Starting session: command for USER from ADDRESS port PORT"
  std::size_t lines_with(const std::string& words) const {
    std::size_t found = 0;
    std::istringstream log(sshd_.log(from_));
    const auto mine = ports();
    for (std::string line; std::getline(log, line);) {
      if (line.find(words) != std::string::npos && mine.count(port_of(line)) != 0) ++found;
    }
    return found;
  }

 private:
  static std::string port_of(const std::string& line) {
    const std::size_t begin = line.find(" port ");
    if (begin == std::string::npos) return {};
    return line.substr(begin + 6, line.find_first_not_of("0123456789", begin + 6) - begin - 6);
  }
  std::set<std::string> ports() const {
    std::set<std::string> found;
    std::istringstream log(sshd_.log(from_));
    for (std::string line; std::getline(log, line);) {
      const bool accepted = line.starts_with("Accepted publickey") && line.find(fingerprint_) != std::string::npos;
      if (accepted) found.insert(port_of(line));
    }
    return found;
  }

  const ::test::Sshd& sshd_;
  std::size_t from_;
  std::string fingerprint_;
};

// Where sockets go while this lives.
class TemporaryPlace {
 public:
  TemporaryPlace() { ::setenv("TMPDIR", directory_.path().c_str(), 1); }
  ~TemporaryPlace() { ::unsetenv("TMPDIR"); }
  // Of the one handle that has made a connection.
  std::string sockets() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) return entry.path();
    return {};
  }

 private:
  ::test::TemporaryDirectory directory_;
};

// Takes connections and says nothing.
class Mute {
 public:
  Mute() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address_), size) == 0);
    REQUIRE(::listen(fd_, 64) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size) == 0);
  }
  ~Mute() { ::close(fd_); }
  int port() const { return ntohs(address_.sin_port); }

 private:
  int fd_;
  sockaddr_in address_ = {};
};

}  // namespace

TEST_CASE("many calls share one connection, also when they begin at once; it ends with the handle") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const TemporaryPlace place;
  const Counted counted(*sshd);
  {
    const ::test::Machine machine = counted.machine();
    CHECK(place.sockets().empty());
    std::vector<std::thread> threads;
    for (int i = 0; i < 5; ++i) threads.emplace_back([&] { CHECK(machine.run("true").value().ok()); });
    for (auto& thread : threads) thread.join();
    CHECK(machine.run("true").value().ok());
    CHECK(counted.connections() == 1);
    CHECK(counted.lines_with("Starting session: command") == 6);

    struct stat found{};
    REQUIRE(::stat(place.sockets().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0700);
    CHECK(std::filesystem::exists(place.sockets() + "/1"));
  }
  CHECK(place.sockets().empty());
  CHECK(::test::soon([&] { return counted.lines_with("Disconnected from") == 1; }));
}

TEST_CASE("a connection that has ended is made anew") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const TemporaryPlace place;
  const Counted counted(*sshd);
  const ::test::Machine machine = counted.machine();
  REQUIRE(machine.run("true"));
  // The sshd that serves this connection has started the shell that has started the script's.
  const auto cut = machine.run("kill -KILL $(ps -o ppid= -p $PPID); sleep 5");
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == ErrorCode::unavailable);
  CHECK(cut.error().may_have_happened);
  CHECK_FALSE(cut.error().retryable);
  CHECK(cut.error().message.find(": the connection ended before the host had finished") != std::string::npos);
  CHECK(::test::soon([&] { return machine.run("true").has_value(); }));
  CHECK(counted.connections() == 2);
}

TEST_CASE("a socket whose ssh has died is replaced") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const TemporaryPlace place;
  const ::test::Machine machine(*sshd);
  REQUIRE(machine.run("true"));
  const std::string find = "pgrep -f '^ssh: " + place.sockets() + "'";
  REQUIRE(machine.run("kill -KILL $(" + find + ")").error().may_have_happened);
  CHECK(std::filesystem::exists(place.sockets() + "/1"));
  CHECK(machine.run("echo again").value().out == "again\n");
}

TEST_CASE("a socket that is left over does not make a host ready") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;  // Not where the sockets are.
  const TemporaryPlace place;
  auto connection = sshd->connection();
  connection.known_hosts = directory.file("known_hosts");
  std::filesystem::copy_file(sshd->file("known_hosts"), connection.known_hosts);
  const ::test::Machine machine(*sshd, connection);
  CHECK(machine.driver->agent_ready("127.0.0.1", {}).value());
  CHECK(machine.driver->agent_ready("127.0.0.1", {}).value());
  REQUIRE(machine.run("kill -KILL $(pgrep -f '^ssh: " + place.sockets() + "')").error().may_have_happened);
  std::filesystem::remove(connection.known_hosts);
  REQUIRE(std::filesystem::exists(place.sockets() + "/1"));
  CHECK_FALSE(machine.driver->agent_ready("127.0.0.1", {}).has_value());
}

TEST_CASE("those who wait for a connection that fails are told at once, not each after a try of its own") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const Mute mute;
  ssh::SshOptions options;
  options.host = "127.0.0.1";
  options.port = mute.port();
  options.connection = sshd->connection();
  options.connection.connect_timeout = 1s;
  const auto driver = ssh::make_driver(options).value();
  const ::test::Stopwatch watch;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      const auto error = driver->submit_command("127.0.0.1", {"true", 10s}, {}).error();
      CHECK(error.code == ErrorCode::unavailable);
      CHECK_FALSE(error.may_have_happened);
      CHECK_MESSAGE(error.message.find("timed out") != std::string::npos, error.message);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(watch.elapsed() < ::test::kSoon);
  CHECK_FALSE(driver->submit_command("127.0.0.1", {"true", 10s}, {}));  // Who comes later tries again.
  CHECK(watch.elapsed() >= 2s);
}

TEST_CASE("a connection that is given up lets what runs over it end, and is not used again") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const Counted counted(*sshd);
  const ::test::TemporaryDirectory directory;
  auto connection = sshd->connection();
  connection.key = sshd->file("counted");
  ssh::Connections connections(connection);
  ssh::InventoryHost host;
  host.address = "127.0.0.1";
  host.user = sshd->user();
  host.port = sshd->port();
  const auto run = [&](const std::string& script) {
    ssh::Session session;
    session.mark = "0123456789abcdef";
    session.command = ssh::command_line_of_script(session.mark, script.size());
    session.keeps_input_open = true;
    const std::string input = ssh::input_of_script(session.mark, script);
    return ssh::run_session(connections, host, session, core::BytesSource(Bytes(input)), {});
  };
  std::thread other([&] {
    const auto done = run("touch " + directory.file("begun") + "; sleep 0.5; echo done");
    CHECK_MESSAGE((done && done->out == "done\n"), (done ? done->err : done.error().to_string()));
  });
  CHECK(::test::soon([&] { return std::filesystem::exists(directory.file("begun")); }));
  const std::string socket = connections.enter(host, {}).value().socket;
  connections.give_up(host, socket);
  CHECK(run("echo new").value().out == "new\n");
  connections.give_up(host, socket);  // By another call that came over the old one: the new one stays.
  CHECK(run("echo shared").value().out == "shared\n");
  other.join();
  CHECK(counted.connections() == 2);
  CHECK(::test::soon([&] { return counted.lines_with("Disconnected from") == 1; }));
}

TEST_CASE("a directory for sockets whose name is too long is not used") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  const std::string deep = directory.file(std::string(100, 'd'));
  std::filesystem::create_directory(deep);
  ::setenv("TMPDIR", deep.c_str(), 1);
  CHECK(::test::Machine(*sshd).run("true").value().ok());
  CHECK(std::filesystem::is_empty(deep));
  ::unsetenv("TMPDIR");
}

TEST_CASE("no configuration turns the check of host keys off, or sends ssh away") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  const auto run = [&](const std::string& lines, const std::string& known_hosts) {
    std::ofstream(directory.file("config")) << lines;
    auto connection = sshd->connection();
    connection.config = directory.file("config");
    connection.known_hosts = known_hosts;
    return ::test::Machine(*sshd, connection).run("cat; echo done", 10s);
  };
  std::ifstream key(sshd->file("host.pub"));
  std::string type;
  std::string base64;
  key >> type >> base64;
  const std::string port = std::to_string(sshd->port());
  std::ofstream(directory.file("print")) << "#!/bin/sh\necho '[127.0.0.1]:" << port << ' ' << type << ' ' << base64
                                         << "'\n";
  std::filesystem::permissions(directory.file("print"), std::filesystem::perms::owner_all);
  for (const std::string& line :
       {std::string("NoHostAuthenticationForLocalhost yes"), "KnownHostsCommand " + directory.file("print")}) {
    const auto refused = run(line + '\n', directory.file("nobody"));
    REQUIRE_FALSE(refused);
    CHECK_MESSAGE(refused.error().code == ErrorCode::permission_denied, refused.error().to_string());
  }
  for (const char* line :
       {"StdinNull yes", "SessionType none", "SessionType subsystem", "ForkAfterAuthentication yes"}) {
    const auto done = run(line, sshd->file("known_hosts"));
    REQUIRE_MESSAGE(done, line);
    CHECK_MESSAGE(done->out == "done\n", line);
  }
}

TEST_CASE("an ssh that is older does without what it does not know") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("ssh")) << "#!/bin/sh\n"
                                          "for option do\n"
                                          "  case $option in\n"
                                          "    -oSessionType=*|-oStdinNull=*|-oKnownHostsCommand=*)\n"
                                          "      name=$(echo ${option%%=*} | cut -c 3- | tr A-Z a-z)\n"
                                          "      echo \"command-line: line 0: Bad configuration option: $name\" >&2\n"
                                          "      exit 255 ;;\n"
                                          "  esac\n"
                                          "done\n"
                                          "exec ssh \"$@\"\n";
  std::filesystem::permissions(directory.file("ssh"), std::filesystem::perms::owner_all);
  auto connection = sshd->connection();
  connection.program = directory.file("ssh");
  const ::test::Machine machine(*sshd, connection);
  std::thread other([&] { CHECK(machine.run("true").has_value()); });
  const auto done = machine.run("echo old");
  other.join();
  REQUIRE_MESSAGE(done, done.error().to_string());
  CHECK(done->out == "old\n");
}

TEST_CASE("a configuration of the user's is followed, but for what would weaken the connection") {
  const auto sshd = ::test::Sshd::find();
  if (!sshd) return;
  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("config"))
      << "Host shop\n  HostName 127.0.0.1\n  Port " << sshd->port() << "\n  User " << sshd->user()
      << "\n  IdentityFile " << sshd->key
      << "\n  RemoteCommand echo wrong\n  RequestTTY force\n  LogLevel DEBUG3\n"
         "  StrictHostKeyChecking no\n  ControlMaster no\n  LocalForward 1 127.0.0.1:1\n";
  ssh::SshOptions options;
  options.host = "shop";
  options.connection.config = directory.file("config");
  options.connection.known_hosts = sshd->file("known_hosts");
  const auto driver = ssh::make_driver(options).value();
  const auto done = driver->submit_command("shop", {"tty || echo none", 10s}, {});
  REQUIRE_MESSAGE(done, done.error().to_string());
  CHECK(done->result->out == "not a tty\nnone\n");
  CHECK(done->result->err.empty());

  options.connection.known_hosts = directory.file("nobody");
  const auto refused = ssh::make_driver(options).value()->submit_command("shop", {"true", 10s}, {});
  CHECK(refused.error().code == ErrorCode::permission_denied);
}
