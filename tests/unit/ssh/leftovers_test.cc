#include "machine.h"

#include "ssh/socket_directory.h"
#include "support/killed_programs.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

// What programs leave of their connections that had no time to close them.

using namespace cloudkit;

namespace {

using Leftovers = std::set<std::string>;

class Place {
 public:
  Place() { ::setenv("TMPDIR", directory_.path().c_str(), 1); }
  ~Place() { ::unsetenv("TMPDIR"); }

  std::string path(const std::string& name) const { return directory_.file(name); }
  Leftovers names() const {
    Leftovers all;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      all.insert(entry.path().filename());
    }
    return all;
  }
  // What is here after `make`, and was not before.
  template <class Make>
  std::string made_by(Make make) const {
    const Leftovers before = names();
    make();
    for (const std::string& name : names()) {
      if (!before.contains(name)) return name;
    }
    return {};
  }

 private:
  test::TemporaryDirectory directory_;
};

// Does what the case below does, and ends without a last word.
void run_killed(const test::Sshd& sshd, const std::string& log) {
  const pid_t child = test::spawn_case("what a killed program does with a host",
                                       {{"CLOUDKIT_TEST_KILLED", "1"},
                                        {"CLOUDKIT_TEST_SSHD_URL", sshd.url},
                                        {"CLOUDKIT_TEST_SSHD_KEY", sshd.key},
                                        {"CLOUDKIT_TEST_SSHD_DIRECTORY", sshd.directory}},
                                       log);
  CHECK_MESSAGE(!test::outcome_of(child), test::read_file(log));
}

}  // namespace

TEST_CASE("what a killed program does with a host") {
  if (std::getenv("CLOUDKIT_TEST_KILLED") == nullptr) return;
  const auto sshd = test::Sshd::find();
  REQUIRE(sshd);
  const test::Machine machine(*sshd);
  REQUIRE(machine.run("true"));
  ::raise(SIGKILL);
}

TEST_CASE("sockets and connections of killed programs are taken away by the next one, nobody else's") {
  const auto sshd = test::Sshd::find();
  if (!sshd) return;
  const test::TemporaryDirectory home;
  const Place place;
  std::filesystem::create_directory(place.path("ckssh-others"));
  std::ofstream(place.path("ckssh-others/text")) << "x";
  std::ofstream(place.path("ckssh-file")) << "x";
  std::filesystem::create_directory_symlink(home.path(), place.path("ckssh-link"));
  const Leftovers kept = place.names();

  const test::Machine living(*sshd);
  const std::string mine = place.made_by([&] { REQUIRE(living.run("true")); });
  const std::string open = place.made_by([&] { run_killed(*sshd, home.file("log")); });
  const std::string closed = place.made_by([&] { run_killed(*sshd, home.file("log")); });
  CHECK(std::filesystem::exists(place.path(closed + "/1")));
  CHECK_FALSE(place.names().contains(open));  // By the second one.
  CHECK(test::soon([&] { return test::processes_with(place.path(open)).empty(); }));
  const auto masters = test::processes_with(place.path(closed));
  REQUIRE(masters.size() == 1);
  CHECK(::kill(masters[0], SIGKILL) == 0);
  CHECK(test::soon([&] { return test::processes_with(place.path(closed)).empty(); }));
  CHECK(std::filesystem::exists(place.path(closed + "/1")));

  const test::Machine next(*sshd);
  const std::string its = place.made_by([&] { CHECK(next.run("echo next").value().out == "next\n"); });
  Leftovers expected = kept;
  expected.insert({mine, its});
  CHECK(place.names() == expected);
  CHECK(std::filesystem::exists(place.path("ckssh-others/text")));
  const auto shared = test::processes_with(place.path(mine));
  CHECK(living.run("echo living").value().out == "living\n");
  CHECK(test::processes_with(place.path(mine)) == shared);
}

TEST_CASE("programs that begin at once do not take each other's new directories for leftovers") {
  const Place place;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 50; ++round) {
        auto made = ssh::SocketDirectory::make([](const std::string&) {});
        REQUIRE(made);
        CHECK(std::filesystem::exists(made->path()));
        made->remove();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(place.names().empty());
}
