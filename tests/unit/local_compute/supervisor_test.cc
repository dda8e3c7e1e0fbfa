#include "local/compute/supervisor/protocol.h"

#include "core/child_process.h"
#include "fixture.h"
#include "local/compute/leftovers.h"
#include "local/compute/supervision.h"

#include <algorithm>

using ::test::Machines;
using ::test::pid_in;
using ::test::runs;
using ::test::soon;
using namespace cloudkit;
using local::compute::Order;
using local::compute::Request;
using std::chrono::milliseconds;

namespace {

const char* const kBackground = "sleep 1000 & echo $! > background\n";

Request order_for(Order order, const std::string& boot_id) {
  Request request;
  request.order = order;
  std::copy_n(boot_id.begin(), std::min(boot_id.size(), request.boot_id.size()), request.boot_id.begin());
  return request;
}

core::ProcessIdentity supervisor_of(Machines& machines, const std::string& id) {
  return machines.store().find(id).value().status->supervisor;
}

}  // namespace

TEST_CASE("an order says whether it was taken, and by no other boot") {
  Machines machines;
  const Instance made = machines.create("web");
  const std::string directory = machines.path("instances/" + made.id);
  const Request stale = order_for(Order::power_off, std::string(32, '0'));
  CHECK_FALSE(local::compute::order(directory, stale, {}).value());
  CHECK(machines.state(made.id) == InstanceState::running);
  CHECK_FALSE(local::compute::order(machines.path("instances/i-none"), stale, {}).value());
  CHECK(local::compute::order(directory, order_for(Order::power_off, made.boot_id), {}).value());
  REQUIRE(machines.becomes(made.id, InstanceState::stopped));
  CHECK_FALSE(local::compute::order(directory, stale, {}).value());
}

TEST_CASE("a stop that nobody takes is no success, and destroy ends a machine whatever its supervisor does") {
  Machines machines;
  const Instance made = machines.create("web", kBackground);
  const pid_t background = pid_in(machines.root(made.id) + "/background");
  const core::ProcessIdentity supervisor = supervisor_of(machines, made.id);
  std::filesystem::remove(machines.path("instances/" + made.id + '/' + local::compute::kControlSocket));

  const Status stopped = machines->stop(made.id, {});
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::unavailable);
  CHECK(stopped.error().message == "the machine's supervisor runs, but takes no orders");
  CHECK(stopped.error().hint == "destroy ends it whatever it does");
  CHECK(runs(background));

  CHECK(machines->destroy(made.id, {}).value().state == InstanceState::terminated);
  CHECK_FALSE(core::is_alive(supervisor));
  CHECK(soon([&] { return !runs(background); }));
  CHECK_FALSE(std::filesystem::exists(machines.path("instances/" + made.id)));
}

TEST_CASE("a reboot that cannot be written down is told on the console, and written down later") {
  Machines machines;
  const Instance made = machines.create("web");
  const std::string obstacle = machines.path("instances/" + made.id + "/status.json.tmp");
  std::filesystem::create_directory(obstacle);
  REQUIRE(machines->reboot(made.id, {}).has_value());
  REQUIRE(soon([&] { return ::test::contains(machines->console(made.id, {}).value(), "write the status file: "); }));
  CHECK(machines->get(made.id, {}).value().boot_id == made.boot_id);
  SUBCASE("it is stopped by what can be read of it") {
    REQUIRE(machines->stop(made.id, {}).has_value());
    CHECK(machines.becomes(made.id, InstanceState::stopped));
  }
  SUBCASE("it is written as soon as that is possible") {
    std::filesystem::remove(obstacle);
    CHECK(soon([&] { return machines->get(made.id, {}).value().boot_id != made.boot_id; }));
  }
}

TEST_CASE("a start that its caller gave up leaves nothing running, though nobody looks again") {
  Machines machines;
  const std::string id = machines.create("web", kBackground).id;
  int given_up = 0;
  for (int i = 0; i < 24; ++i) {
    CAPTURE(i);
    REQUIRE(machines->stop(id, {}).has_value());
    REQUIRE(soon([&] { return ::test::processes_with(machines.directory()).empty(); }));
    if (machines->start(id, Context::with_timeout(std::chrono::microseconds(500 + i * 500)))) continue;
    ++given_up;
    CHECK(soon([&] { return ::test::processes_with(machines.directory()).empty(); }));
    CHECK(machines.state(id) == InstanceState::stopped);
  }
  CHECK(given_up > 0);
}

TEST_CASE("a supervisor does not begin in a directory that was moved away to be removed") {
  Machines machines;
  const Instance made = machines.create("web");
  const std::string program = std::filesystem::directory_iterator(machines.path("runtime"))->path().string();
  const std::string dying = machines.path("trash/" + made.id);
  std::filesystem::create_directories(dying + "/fs");
  ::test::write_file(dying + '/' + local::compute::kRecordFile, "{}");
  const auto result =
      core::run_program({program, "launch", dying, made.id, "web", std::string(32, '0'), "100"}, {}, {}).value();
  CHECK(result.exit_code == local::compute::kExitGone);
  CHECK(result.output.empty());
}

TEST_CASE("connections that say nothing keep nobody from a machine") {
  Machines machines;
  const std::string id = machines.create("web").id;
  std::vector<core::UniqueFd> silent;
  REQUIRE(soon([&] {
    auto socket = local::compute::connect_supervisor(machines.path("instances/" + id));
    if (socket) silent.push_back(*std::move(socket));  // Else too many wait at this moment.
    return silent.size() == 400;
  }));
  const auto ran = machines->submit_command(id, {"echo on"}, Context::with_timeout(std::chrono::seconds(20)));
  REQUIRE(ran.has_value());
  CHECK(ran->result->out == "on\n");
  REQUIRE(machines->stop(id, {}).has_value());
  CHECK(machines.becomes(id, InstanceState::stopped));
}

TEST_CASE("how user data ended is known after a stop and a start") {
  Machines machines;
  const std::string id = machines.create("web", "exit 3\n").id;
  const auto reason = [&] { return machines->get(id, {}).value().state_reason; };
  REQUIRE(soon([&] { return reason() == "user data ended: exit status 3"; }));
  REQUIRE(machines->stop(id, {}).has_value());
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  REQUIRE(machines->start(id, {}).has_value());
  CHECK(reason() == "user data ended: exit status 3");
  // The machine's programs may write there: nothing but plain words is taken over.
  ::test::write_file(machines.path("instances/" + id + '/' + local::compute::kBegunFile), "\",\"pid\":\"1");
  REQUIRE(machines->stop(id, {}).has_value());
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  REQUIRE(machines->start(id, {}).has_value());
  CHECK(machines.state(id) == InstanceState::running);
  CHECK(reason().empty());
}

TEST_CASE("what a killed supervisor left is found by whatever name its directory has") {
  Machines machines;
  const std::string real = machines.directory() + "/real";
  std::filesystem::create_directory(real);
  std::filesystem::create_directory_symlink(real, machines.directory() + "/other");
  local::compute::LocalComputeDriver by_one(real + "/machines", {});
  local::compute::LocalComputeDriver by_other(machines.directory() + "/other/machines", {});
  const std::string id = by_one.create(::test::spec_of("web", kBackground), {}).value().id;
  const pid_t background = pid_in(real + "/machines/instances/" + id + "/fs/background");
  const local::compute::MachineStore store(real + "/machines");
  CHECK(local::compute::kill_process(store.find(id).value().status->supervisor, std::chrono::seconds(10)));
  CHECK(runs(background));
  CHECK(by_other.stop(id, {}).has_value());
  CHECK(soon([&] { return !runs(background); }));
  CHECK(by_other.destroy(id, {}).has_value());
}

TEST_CASE("another process that has got a supervisor's number is not killed") {
  core::ProcessIdentity self = core::identify_process(::getpid()).value();
  self.start_time -= 1;
  CHECK(local::compute::kill_process(self, milliseconds(1)));
  CHECK(local::compute::kill_process({}, milliseconds(1)));
}
