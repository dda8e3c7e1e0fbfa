#pragma once

#include "support/temporary_directory.h"

#include <cloudkit/memory_compute.h>
#include <cloudkit/testing/compute_conformance.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

extern char** environ;

/// Machines in memory, whose scripts this computer's shell runs, in a directory for each; and a harness around them.
namespace machines {

using namespace cloudkit;

/// Plays the shell of every machine.
class RealShell {
 public:
  Result<CommandResult> operator()(const memory::MachineCommand& command) const {
    namespace fs = std::filesystem;
    const std::string home = root_->file(command.machine.id);
    fs::create_directories(home);
    const std::string script = "cd '" + home + "' && HOME='" + home + "' && export HOME\n" + command.script;
    const std::string out = root_->file(command.machine.id + ".out");
    const std::string err = root_->file(command.machine.id + ".err");
    const pid_t child = start(script, out, err);
    if (child < 0) return Error(ErrorCode::io, "no shell could be started");
    CommandResult result;
    result.exit_code = wait(child, command.context);
    result.out = read(out);
    result.err = read(err);
    return result;
  }

 private:
  static pid_t start(const std::string& script, const std::string& out, const std::string& err) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string name = "sh";
    std::string option = "-c";
    std::string text = script;
    char* arguments[] = {name.data(), option.data(), text.data(), nullptr};
    pid_t child = -1;
    if (posix_spawn(&child, "/bin/sh", &files, &attributes, arguments, environ) != 0) child = -1;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return child;
  }

  // Its whole group is ended with the context.
  static int wait(pid_t child, const Context& context) {
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (context.wait_for(std::chrono::milliseconds(1))) continue;
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::shared_ptr<test::TemporaryDirectory> root_ = std::make_shared<test::TemporaryDirectory>();
};

/// Each case has a cloud of its own. `make` turns it into a handle.
inline testing::ComputeHarness memory_harness(std::function<Compute(const memory::MemoryCompute&)> make =
                                                  [](const memory::MemoryCompute& cloud) { return cloud.compute(); }) {
  struct Now {
    memory::MemoryCompute cloud;
  };
  const auto now = std::make_shared<Now>();
  testing::ComputeHarness harness;
  harness.name = "machines on mem://";
  harness.make_compute = [now, make = std::move(make)]() -> Result<Compute> {
    memory::MemoryComputeOptions options;
    options.page_size = 3;
    options.networks.emplace_back("net-other");
    options.timeout_second = std::chrono::milliseconds(100);
    now->cloud = memory::MemoryCompute(options);
    now->cloud.set_command_handler(RealShell());
    return make(now->cloud);
  };
  harness.spec = []() -> Result<InstanceSpec> {
    InstanceSpec spec;
    spec.image = "al2023";
    spec.type = "mem.small";
    return spec;
  };
  harness.network = "net-other";
  harness.image_alias = "debian-12";
  harness.delay = [now](const testing::ComputeDelays& delays) {
    memory::ComputeFaults faults;
    faults.late_looks = delays.late_looks;
    faults.pending_looks = delays.pending_looks;
    faults.stopping_looks = delays.stopping_looks;
    faults.terminating_looks = delays.terminating_looks;
    faults.agent_looks = delays.agent_looks;
    faults.busy_firewalls = delays.busy_firewalls;
    if (delays.no_capacity) faults.capacity = 0;
    now->cloud.set_faults(faults);
  };
  harness.request_count = [now] { return now->cloud.calls(); };
  harness.rule_changes = [now] { return now->cloud.rule_changes(); };
  return harness;
}

}  // namespace machines
