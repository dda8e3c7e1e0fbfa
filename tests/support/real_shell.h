#pragma once

#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <cloudkit/memory_compute.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

extern char** environ;

namespace test {

/// Plays the shell of every machine of a memory cloud: this computer's, in a directory for each.
class RealShell {
 public:
  cloudkit::Result<cloudkit::CommandResult> operator()(const cloudkit::memory::MachineCommand& command) const {
    return run(command.machine.id, command.script, command.context);
  }

  cloudkit::Result<cloudkit::CommandResult> run(const std::string& machine, const std::string& script,
                                                const cloudkit::Context& context) const {
    const std::string home = directory(machine);
    std::filesystem::create_directories(home);
    const std::string out = home + ".out";
    const std::string err = home + ".err";
    const pid_t child = start("cd '" + home + "' && HOME='" + home + "' && export HOME\n" + script, out, err);
    if (child < 0) return cloudkit::Error(cloudkit::ErrorCode::io, "no shell could be started");
    cloudkit::CommandResult result;
    result.exit_code = wait(child, context);
    result.out = read(out);
    result.err = read(err);
    return result;
  }

  /// Where its scripts begin.
  std::string directory(const std::string& machine) const { return root_->file(machine); }

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
  static int wait(pid_t child, const cloudkit::Context& context) {
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (context.wait_for(std::chrono::milliseconds(1))) continue;
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  static std::string read(const std::string& path) { return ::test::read_file(path); }

  std::shared_ptr<TemporaryDirectory> root_ = std::make_shared<TemporaryDirectory>();
};

}  // namespace test
