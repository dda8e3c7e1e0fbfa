#include "cloud.h"
#include "memory/compute/life.h"

#include <cloudkit/open_compute.h>
#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::test;
using enum InstanceState;
using memory::compute::check_event;
using memory::compute::Event;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("what a machine can be asked for depends on its state, as on EC2") {
  struct Row {
    InstanceState state;
    bool start, stop, reboot, destroy;
  };
  for (const Row& row : {Row{pending, true, false, false, true}, Row{running, true, true, true, true},
                         Row{stopping, false, true, false, true}, Row{stopped, true, true, false, true},
                         Row{terminating, false, false, false, true}, Row{terminated, false, false, false, true},
                         Row{failed, false, false, false, true}}) {
    INFO(to_string(row.state));
    CHECK(check_event(row.state, Event::start).has_value() == row.start);
    CHECK(check_event(row.state, Event::stop).has_value() == row.stop);
    CHECK(check_event(row.state, Event::reboot).has_value() == row.reboot);
    CHECK(check_event(row.state, Event::destroy).has_value() == row.destroy);
  }
  CHECK(check_event(pending, Event::stop).error().message == "a machine that is pending cannot be stopped");
}

TEST_CASE("a machine is pending, runs with its addresses, stops without, and is gone") {
  const Cloud cloud;
  const Instance made = cloud.compute.create(machine_spec()).value();
  CHECK(made.state == pending);
  CHECK(made.public_ip.empty());
  CHECK(!made.private_ip.empty());
  CHECK(made.image == "img-al2023");
  CHECK(made.zone == "mem-a");
  const Instance running = cloud.compute.get(made.id).value();
  CHECK(running.state == InstanceState::running);
  CHECK(running.public_ip.starts_with("203.0.113."));
  CHECK(!running.boot_id.empty());
  cloud.compute.stop(made.id).value();
  const Instance stopped_one = cloud.compute.get(made.id).value();
  CHECK(stopped_one.state == stopped);
  CHECK(stopped_one.public_ip.empty());
  cloud.compute.start(made.id).value();
  CHECK(cloud.compute.get(made.id).value().boot_id != running.boot_id);
  cloud.compute.destroy(made.id).value();
  const Instance gone = cloud.compute.get(made.id).value();
  CHECK(gone.state == terminated);
  CHECK(gone.private_ip.empty());
  CHECK(gone.firewalls.empty());
}

TEST_CASE("what is gone is listed for an hour of its clock") {
  memory::MemoryComputeOptions options;
  options.start = std::chrono::system_clock::time_point(hours(24 * 365 * 50));
  const Cloud cloud(options);
  CHECK(cloud.memory.now() == *options.start);
  const Instance machine = cloud.running();
  CHECK(machine.created == *options.start);
  cloud.compute.destroy(machine.id, {.wait = true}).value();
  cloud.memory.advance(minutes(59));
  CHECK(cloud.compute.list().value().size() == 1);
  cloud.memory.advance(minutes(1));
  CHECK(cloud.compute.list().value().empty());
  CHECK(code_of(cloud.compute.get(machine.id)) == "not_found");
}

TEST_CASE("a token belongs to one machine and its values, also after it is gone") {
  const Cloud cloud;
  InstanceSpec spec = machine_spec();
  spec.token = "mine";
  const Instance made = cloud.compute.create(spec).value();
  CHECK(cloud.compute.create(spec).value().id == made.id);
  InstanceSpec other = spec;
  other.type = "mem.large";
  CHECK(cloud.compute.create(other).error().message == "the token was used with other values");
  cloud.compute.destroy(made.id, {.wait = true}).value();
  CHECK(cloud.compute.create(spec).error().message == "the token's machine is gone");
  CHECK(code_of(cloud.compute.create(other)) == "conflict");
}

TEST_CASE("what a machine needs must be there") {
  const Cloud cloud;
  const auto code = [&](auto change) {
    InstanceSpec spec = machine_spec();
    change(spec);
    return code_of(cloud.compute.create(spec));
  };
  CHECK(code([](InstanceSpec& spec) { spec.image = "img-none"; }) == "not_found");
  CHECK(code([](InstanceSpec& spec) { spec.image = "windows-3.11"; }) == "invalid_argument");
  CHECK(code([](InstanceSpec& spec) { spec.key = "none"; }) == "not_found");
  CHECK(code([](InstanceSpec& spec) { spec.firewalls = {"none"}; }) == "not_found");
  CHECK(code([](InstanceSpec& spec) { spec.firewalls = {"sg-none"}; }) == "not_found");
  CHECK(code([](InstanceSpec& spec) { spec.zone = "none"; }) == "not_found");
  CHECK(cloud.compute.list().value().empty());
}

TEST_CASE("scripts and user data go to the handler, which plays the machine's shell") {
  const Cloud cloud;
  std::vector<std::string> seen;
  cloud.memory.set_command_handler([&](const memory::MachineCommand& command) -> Result<CommandResult> {
    seen.push_back((command.is_user_data ? "user data: " : "run: ") + command.script);
    CommandResult result;
    result.exit_code = 7;
    result.out = "of " + command.machine.name + "\n";
    return result;
  });
  InstanceSpec spec = machine_spec();
  spec.user_data = "#!/bin/sh\ntrue\n";
  const std::string id = cloud.compute.create(spec).value().id;
  CHECK(seen.empty());
  CHECK(cloud.compute.run(id, "date").value().exit_code == 7);
  cloud.compute.reboot(id).value();
  CHECK(seen == std::vector<std::string>{"user data: #!/bin/sh\ntrue\n", "run: date"});
  const std::string console = cloud.compute.console(id).value();
  CHECK(console.find("of web\n") != std::string::npos);
  CHECK(console.find("web boots as ") == 0);
  CHECK(console.rfind("web boots as ") > 10);  // Twice.
  // What is no script is kept for cloud-init, and nobody plays that.
  spec = machine_spec("other");
  spec.user_data = "#cloud-config\n{}\n";
  cloud.compute.wait_until(cloud.compute.create(spec).value().id, running).value();
  CHECK(seen.size() == 2);
}

TEST_CASE("without a handler every script succeeds and prints nothing; one that throws is an error") {
  const Cloud cloud;
  const std::string id = cloud.running().id;
  const CommandResult done = cloud.compute.run(id, "rm -rf /").value();
  CHECK(done.ok());
  CHECK(done.out.empty());
  cloud.memory.set_command_handler(
      [](const memory::MachineCommand&) -> Result<CommandResult> { throw std::runtime_error("a bug"); });
  const auto failed_one = cloud.compute.run(id, "true");
  CHECK(failed_one.error().message == "the handler of commands has thrown: a bug");
  CHECK(failed_one.error().may_have_happened);
}

TEST_CASE("what a script prints is cut between characters, and its time limit is short where the test wants it so") {
  memory::MemoryComputeOptions options;
  options.timeout_second = std::chrono::milliseconds(5);
  const Cloud cloud(options);
  const std::string id = cloud.running().id;
  cloud.memory.set_command_handler([](const memory::MachineCommand& command) -> Result<CommandResult> {
    CommandResult result;
    if (command.script == "sleep") (void)command.context.wait_for(hours(1));
    result.out = std::string(23'999, 'x') + "\xC3\xA4";
    result.err = std::string(8'000, 'e');
    return result;
  });
  const CommandResult cut = cloud.compute.run(id, "print").value();
  CHECK(cut.truncated);
  CHECK(cut.out == std::string(23'999, 'x'));
  CHECK(cut.err.size() == 8'000);
  const CommandResult slow = cloud.compute.run(id, "sleep", {.timeout = seconds(2)}).value();
  CHECK(slow.timed_out);
  CHECK(!slow.ok());
}

TEST_CASE("what is opened by its URL waits without time passing, and looks at no real port") {
  const Compute compute = open_compute("mem://hooks-test").value();
  const memory::MemoryCompute cloud = memory::MemoryCompute::shared("hooks-test");
  memory::ComputeFaults faults;
  faults.pending_looks = 8;
  faults.agent_looks = 3;
  cloud.set_faults(faults);
  const auto before = cloud.now();
  const auto begun = std::chrono::steady_clock::now();
  const std::string id = compute.create(machine_spec()).value().id;
  CHECK(compute.wait_until(id, running));
  CHECK(compute.wait_ready(id, {.tcp_port = 22}));
  CHECK(cloud.now() - before > std::chrono::seconds(30));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  compute.destroy(id).value();
}

TEST_CASE("who waits at the same time waits for the same time") {
  const Cloud cloud;
  const auto wait = cloud.memory.hooks().wait;
  const auto now = cloud.memory.hooks().now;
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (++ready; ready < 4;) std::this_thread::yield();
      for (int i = 0; i < 50; ++i) CHECK(wait({}, std::chrono::seconds(1)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(now().time_since_epoch() >= std::chrono::seconds(50));
  CHECK(now().time_since_epoch() < std::chrono::seconds(200));
}

TEST_CASE("what ran on a machine is forgotten with it, an hour after its end") {
  const Cloud cloud;
  const std::string id = cloud.running().id;
  const auto driver = cloud.memory.driver();
  const std::string command = driver->submit_command(id, {.script = "true"}, {}).value().id;
  cloud.compute.destroy(id, {.wait = true}).value();
  CHECK(driver->poll_command(id, command, {}));
  cloud.memory.advance(std::chrono::minutes(61));
  CHECK(code_of(driver->poll_command(id, command, {})) == "not_found");
}

TEST_CASE("a handler may throw what it likes, and a page holds one at least") {
  memory::MemoryComputeOptions options;
  options.page_size = 0;
  const Cloud cloud(options);
  const std::string id = cloud.running().id;
  cloud.memory.set_command_handler([](const memory::MachineCommand&) -> Result<CommandResult> { throw 7; });
  CHECK(cloud.compute.run(id, "true").error().message ==
        "the handler of commands has thrown something that is no std::exception");
  cloud.running("second");
  CHECK(cloud.compute.list().value().size() == 2);
}

TEST_CASE("clouds of a name are one in the process, and others are others") {
  const Compute first = open_compute("mem://shared-test").value();
  const Instance made = first.create(machine_spec()).value();
  CHECK(open_compute("mem://shared-test").value().get(made.id));
  CHECK(memory::MemoryCompute::shared("shared-test").compute().get(made.id));
  CHECK(!open_compute("mem://other-test").value().get(made.id));
  CHECK(first.url() == "mem://shared-test");
  CHECK(open_compute("mem://").value().url() == "mem://compute");
  CHECK(code_of(open_compute("mem://x/path")) == "invalid_argument");
  CHECK(open_compute("mem://x?nonsense=1").error().to_string().find("nonsense") != std::string::npos);
  first.destroy(made.id).value();
}

TEST_CASE("many threads make, look at and destroy machines at once") {
  const Cloud cloud;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string name = "m-" + std::to_string(t) + "-" + std::to_string(i);
        const auto made = cloud.compute.create(machine_spec(name));
        if (!made || !cloud.compute.wait_until(made->id, running) || !cloud.compute.run(made->id, "true") ||
            !cloud.compute.find(name) || !cloud.compute.destroy(made->id, {.wait = true})) {
          ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  std::set<std::string> ids;
  for (const Instance& instance : cloud.compute.list().value()) ids.insert(instance.id);
  CHECK(ids.size() == 40);
}
