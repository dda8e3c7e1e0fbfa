#include "fixture.h"
#include "support/kills.h"

#include <random>

using ::test::Machines;
using ::test::soon;
using ::test::spec_of;
using namespace cloudkit;

namespace {

// Whatever is there is a whole machine.
void check_whole(Machines& machines) {
  for (const Instance& instance : machines.all()) {
    CAPTURE(instance.id);
    // One on its way out loses its directory at any moment.
    CHECK((instance.state == InstanceState::terminating || std::filesystem::is_directory(machines.root(instance.id))));
    CHECK((instance.state == InstanceState::running || instance.state == InstanceState::stopped ||
           instance.state == InstanceState::pending || instance.state == InstanceState::stopping ||
           instance.state == InstanceState::terminating));
  }
}

}  // namespace

TEST_CASE("a program that is killed while it makes machines leaves whole ones or none, and its token finds them") {
  std::mt19937 random(7);
  Machines machines(std::chrono::milliseconds(2000));
  for (int i = 0; i < ::test::kills(); ++i) {
    CAPTURE(i);
    const std::string name = "m" + std::to_string(i);
    ::test::kill_at_random(random, [&] {
      for (int k = 0;; ++k) {
        InstanceSpec spec = spec_of(name, "echo x >> ran\n");
        spec.token += '-' + std::to_string(k);
        static_cast<void>(machines->create(spec, {}));
      }
    });
    check_whole(machines);
    InstanceSpec spec = spec_of(name, "echo x >> ran\n");
    spec.token += "-0";
    const auto again = machines->create(spec, {});
    REQUIRE(again.has_value());
    CHECK(machines.becomes(again->id, InstanceState::running));
    CHECK(machines.all({.token = spec.token}).size() == 1);
    REQUIRE(soon([&] { return ::test::read_file(machines.root(again->id) + "/ran") == "x\n"; }));
    machines.destroy_all();
  }
  CHECK(::test::is_empty(machines.path("instances")));
  CHECK(soon([&] { return ::test::is_empty(machines.path("trash")); }));
}

TEST_CASE("a program that is killed while it stops, starts and destroys leaves machines that can be destroyed") {
  std::mt19937 random(8);
  Machines machines(std::chrono::milliseconds(2000));
  for (int i = 0; i < ::test::kills(); ++i) {
    CAPTURE(i);
    const std::string id = machines.create("m" + std::to_string(i), "sleep 1000 & sleep 1000 & :\n").id;
    ::test::kill_at_random(random, [&] {
      for (int k = 0; k < 3; ++k) {
        static_cast<void>(machines->stop(id, {}));
        static_cast<void>(machines->start(id, {}));
      }
      static_cast<void>(machines->destroy(id, {}));
      ::pause();
    });
    check_whole(machines);
    REQUIRE(machines->destroy(id, {}).has_value());
    REQUIRE(machines.becomes(id, InstanceState::terminated));
  }
  CHECK(::test::is_empty(machines.path("instances")));
  CHECK(soon([&] { return ::test::is_empty(machines.path("trash")); }));
}

TEST_CASE("a supervisor that is killed while it removes its machine leaves the rest to others") {
  Machines machines(std::chrono::milliseconds(100));
  std::mt19937 random(9);
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    const Instance made = machines.create(
        "m" + std::to_string(i), "mkdir -p a/b/c/d; i=0; while [ $i -lt 300 ]; do : > a/$i; i=$((i+1)); done\n");
    REQUIRE(soon([&] { return ::test::contains(machines->console(made.id, {}).value(), "user data ended"); }));
    const auto pid = static_cast<pid_t>(machines.store().find(made.id).value().status->supervisor.pid);
    REQUIRE(machines->destroy(made.id, {}).has_value());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 6000));
    ::kill(pid, SIGKILL);
    REQUIRE(soon([&] { return !::test::runs(pid); }));  // As long as it dies, what it removes is its own.
    REQUIRE(machines.becomes(made.id, InstanceState::terminated));
  }
  machines.create("last");
  CHECK(soon([&] { return ::test::is_empty(machines.path("trash")); }));
}

TEST_CASE("what is not whole is removed by the next change, and what is not ours is not") {
  Machines machines;
  machines.create("web");
  std::filesystem::create_directories(machines.path("instances/.new-0123456789abcdef/fs/deep"));
  std::filesystem::create_directories(machines.path("trash/i-0123456789abcdef0/fs"));
  std::filesystem::create_directories(machines.path("instances/i-0123456789abcdef1"));  // Without a record.
  CHECK(machines.all().size() == 1);
  CHECK(machines->get("i-0123456789abcdef1", {}).error().code == ErrorCode::not_found);
  machines.create("other");
  CHECK_FALSE(std::filesystem::exists(machines.path("instances/.new-0123456789abcdef")));
  CHECK(::test::is_empty(machines.path("trash")));
  CHECK(std::filesystem::exists(machines.path("instances/i-0123456789abcdef1")));
}

TEST_CASE("a broken record is told with its machine, and others are found by their ids") {
  Machines machines;
  const Instance broken = machines.create("broken");
  const Instance whole = machines.create("whole");
  const std::string path = machines.path("instances/" + broken.id + "/machine.json");
  const std::string text = ::test::read_file(path);
  ::test::write_file(path, text.substr(0, 20));
  CHECK(machines->get(broken.id, {}).error().code == ErrorCode::data_loss);
  CHECK(machines->list_page({}, {}, {}).error().code == ErrorCode::data_loss);
  CHECK(machines->get(whole.id, {}).has_value());
  ::test::write_file(path, text);
}
