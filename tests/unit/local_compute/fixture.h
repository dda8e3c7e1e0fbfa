#pragma once

#include "core/process_identity.h"
#include "local/compute/driver.h"
#include "local/compute/supervisor/protocol.h"
#include "support/contains.h"
#include "support/processes.h"
#include "support/soon.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Machines of this computer in a directory of their own, of which nothing may be left.
namespace test {

using namespace cloudkit;
using local::compute::LocalComputeDriver;
using std::chrono::milliseconds;

inline void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// EC2's validation is the handle's: what a driver is given is in order.
inline InstanceSpec spec_of(const std::string& name, const std::string& user_data = {}) {
  InstanceSpec spec;
  spec.name = name;
  spec.image = "debian-12";
  spec.type = "t2.micro";
  spec.user_data = user_data.empty() ? std::string() : "#!/bin/sh\n" + user_data;
  spec.token = "token-of-" + name;
  return spec;
}

class Machines {
 public:
  explicit Machines(milliseconds grace = milliseconds(5000), std::uint64_t max_output = 1 << 20)
      : driver_(std::make_unique<LocalComputeDriver>(directory_.file("machines"),
                                                     local::ComputeOptions{grace, max_output})) {}
  ~Machines() {
    destroy_all();
    // What was there a moment ago may be dying.
    const bool nothing_left = soon([this] { return processes_with(directory_.path()).empty(); });
    CHECK(nothing_left);
    for (const pid_t pid : processes_with(directory_.path())) ::kill(pid, SIGKILL);
  }

  LocalComputeDriver* operator->() { return driver_.get(); }
  LocalComputeDriver& driver() { return *driver_; }
  std::string path(const std::string& name) const { return directory_.file("machines/" + name); }
  std::string root(const std::string& id) const { return path("instances/" + id + "/fs"); }
  local::compute::MachineStore store() const { return local::compute::MachineStore(directory_.file("machines")); }
  const std::string& directory() const { return directory_.path(); }

  Instance create(const std::string& name, const std::string& user_data = {}) {
    return driver_->create(spec_of(name, user_data), {}).value();
  }
  InstanceState state(const std::string& id) { return driver_->get(id, {}).value().state; }
  bool becomes(const std::string& id, InstanceState state) {
    return soon([&] { return this->state(id) == state; });
  }
  CommandResult run(const std::string& id, const std::string& script) {
    return *driver_->submit_command(id, {script, std::chrono::seconds(20)}, {}).value().result;
  }
  std::vector<Instance> all(const InstanceFilter& filter = {}) {
    return driver_->list_page(filter, {}, {}).value().instances;
  }

  void destroy_all() {
    for (const Instance& instance : all()) CHECK(driver_->destroy(instance.id, {}).has_value());
    const bool all_gone = soon([this] {
      for (const Instance& instance : all()) static_cast<void>(driver_->get(instance.id, {}));
      return all().empty();
    });
    CHECK(all_gone);
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<LocalComputeDriver> driver_;
};

inline bool is_empty(const std::string& directory) {
  std::error_code error;
  return std::filesystem::is_empty(directory, error) && !error;
}

/// The process whose number a machine wrote into a file.
inline pid_t pid_in(const std::string& path) {
  pid_t pid = 0;
  soon([&] {
    std::ifstream file(path);
    return static_cast<bool>(file >> pid) && pid > 0;
  });
  return pid;
}

inline bool runs(pid_t pid) { return core::identify_process(pid).has_value(); }

}  // namespace test
