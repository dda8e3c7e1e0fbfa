#include "fixture.h"
#include "local/compute/supervision.h"

#include <cloudkit/open_compute.h>
#include <sys/file.h>

#include <atomic>
#include <set>

using ::test::Machines;
using ::test::soon;
using ::test::spec_of;
using namespace cloudkit;

TEST_CASE("several programs that make one machine make one") {
  Machines machines;
  std::vector<std::thread> threads;
  std::vector<std::string> ids(8);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([&, i] {
      local::compute::LocalComputeDriver driver(machines.path("").substr(0, machines.path("").size() - 1), {});
      const auto made = driver.create(spec_of("web", "echo x >> ran\n"), {});
      if (made) ids[i] = made->id;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 1);
  CHECK_FALSE(ids[0].empty());
  CHECK(machines.all().size() == 1);
  CHECK(soon([&] { return ::test::contains(machines->console(ids[0], {}).value(), "user data ended"); }));
  CHECK(::test::read_file(machines.root(ids[0]) + "/ran") == "x\n");
}

TEST_CASE("machines are made, turned and destroyed by several threads at once") {
  Machines machines;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 3; ++k) {
        const auto made = machines->create(spec_of("m" + std::to_string(i) + '-' + std::to_string(k)), {});
        if (!made) {
          ++failures;
          continue;
        }
        const auto ran = machines->submit_command(made->id, {"echo here"}, {});
        if (!ran || ran->result->out != "here\n") ++failures;
        if (!machines->stop(made->id, {})) ++failures;
        if (!machines.becomes(made->id, InstanceState::stopped)) ++failures;
        if (!machines->start(made->id, {})) ++failures;
        if (!machines->destroy(made->id, {})) ++failures;
        if (!machines.becomes(made->id, InstanceState::terminated)) ++failures;
        if (!machines->list_page({}, {}, {})) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(::test::is_empty(machines.path("instances")));
}

TEST_CASE("a change waits for another program's, and obeys its context") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const auto lock = machines.store().begin_change({}).value();
  const auto begun = std::chrono::steady_clock::now();
  const Status late = machines->set_tags(id, {{"a", "b"}}, Context::with_timeout(std::chrono::milliseconds(50)));
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  CHECK(machines->get(id, {}).has_value());  // Looks do not wait.
  CHECK(machines.all().size() == 1);
  CHECK(machines.run(id, "echo on").out == "on\n");
}

TEST_CASE("two supervisors of one machine there are not") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const auto record = machines.store().find(id).value().record;
  const Status refused = local::compute::start_supervisor(machines.store(), record, std::chrono::milliseconds(100), {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "the machine has a supervisor already");
  auto missing = record;
  missing.id = "i-00000000000000000";
  CHECK(local::compute::start_supervisor(machines.store(), missing, std::chrono::milliseconds(100), {}).error().code ==
        ErrorCode::not_found);
}

TEST_CASE("local:// opens machines of a directory, and says what they do not do") {
  const ::test::TemporaryDirectory directory;
  const Compute compute = open_compute("local://" + directory.path()).value();
  CHECK(compute.url() == "local://" + directory.path());
  const ComputeCapabilities can = compute.capabilities();
  CHECK(can.create);
  CHECK(can.power);
  CHECK(can.firewalls);
  CHECK_FALSE(can.enforces_firewalls);
  CHECK_FALSE(can.volumes);
  CHECK(can.max_user_data == 16384);
  CHECK(::test::is_empty(directory.path()));  // No I/O.

  CHECK(open_compute("local://host/dir").error().code == ErrorCode::invalid_argument);
  CHECK(open_compute("local:///").error().message.find("the root directory is no place for machines") !=
        std::string::npos);
  CHECK(open_compute("local:///dir?a=b").error().code == ErrorCode::invalid_argument);
  CHECK(local::make_compute("").error().code == ErrorCode::invalid_argument);
  CHECK(local::make_compute("relative").has_value());
  CHECK(local::make_compute("dir", {std::chrono::milliseconds(-1)}).error().message == "stop_grace is not negative");
  CHECK(local::make_compute("dir", {std::chrono::milliseconds(1), 0}).error().message == "max_output is at least 1");
}

TEST_CASE("an application that user data starts is waited for, until the machine is destroyed") {
  Machines machines;
  const Compute compute = local::make_compute(machines.store().directory()).value();
  InstanceSpec spec = spec_of("app");
  // Says which port the system gave it, a little late.
  spec.user_data = R"(#!/usr/bin/env python3
import http.server, os, time
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
open("port.new", "w").write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
)";
  const std::string id = compute.create(spec).value().id;
  REQUIRE(soon([&] { return std::filesystem::exists(machines.root(id) + "/port"); }));
  const std::string port = ::test::read_file(machines.root(id) + "/port");
  ReadyProbe probe;
  probe.http_url = "http://{host}:" + port + "/health";
  const WaitInstanceOptions patience{.wait_limit = std::chrono::seconds(20)};
  CHECK(compute.wait_ready(id, probe, patience).has_value());
  probe = {};
  probe.tcp_port = std::stoi(port);
  CHECK(compute.wait_ready(id, probe, patience).has_value());
  CHECK(compute.wait_ready(id, {.agent = true}, patience).has_value());

  REQUIRE(compute.destroy(id, {.wait = true}).has_value());
  CHECK(compute.wait_ready(id, probe, patience).error().code == ErrorCode::conflict);
}

TEST_CASE("a backend of this computer has no volumes") {
  Machines machines;
  CHECK(machines->create_volume({}, {}).error().code == ErrorCode::unsupported);
  CHECK(machines->list_volumes_page({}, {}).error().code == ErrorCode::unsupported);
}
