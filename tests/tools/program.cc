#include "tools/program.h"
#include "core/argument_pointers.h"
#include "support/read_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace test {

namespace fs = std::filesystem;
using cloudkit::core::argument_pointers;

Program::Program() {
  fs::create_directory(path("tmp"));
  fs::create_directory(path("work"));
  const char* const search_path = std::getenv("PATH");
  environment_ = {"HOME=" + home(), "TMPDIR=" + path("tmp"), "CLOUDKIT_LOG=error", "AWS_EC2_METADATA_DISABLED=true",
                  std::string("PATH=") + (search_path == nullptr ? "/usr/bin:/bin" : search_path)};
}

void Program::set(const std::string& variable) {
  const std::string name = variable.substr(0, variable.find('=') + 1);
  environment_.erase(std::remove_if(environment_.begin(), environment_.end(),
                                    [&](const std::string& old) { return old.rfind(name, 0) == 0; }),
                     environment_.end());
  environment_.push_back(variable);
}

pid_t Program::spawn(const Words& words, int input_fd) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input_fd >= 0) {
    posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, path("in").c_str(), O_RDONLY | O_CREAT, 0600);
  }
  constexpr int kNew = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path("out").c_str(), kNew, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, path("err").c_str(), kNew, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, path("work").c_str());
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, words[0].c_str(), &actions, nullptr, argument_pointers(words).data(),
                                    argument_pointers(environment_).data());
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(failed == 0);
  return pid;
}

pid_t Program::start(const Words& arguments, int input_fd) {
  Words words{CLOUDKIT_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return spawn(words, input_fd);
}

Outcome Program::finish(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  Outcome outcome;
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.out = ::test::read_file(path("out"));
  outcome.err = ::test::read_file(path("err"));
  return outcome;
}

Outcome Program::run(const Words& arguments, const std::string& input) {
  write("in", input);
  return finish(start(arguments));
}

Outcome Program::shell(const std::string& command) {
  write("in", "");
  return finish(spawn({"sh", "-c", "cloudkit() { \"" CLOUDKIT_PROGRAM "\" \"$@\"; }\n" + command}, -1));
}

void Program::write(const std::string& name, const std::string& content) const {
  fs::create_directories(fs::path(path(name)).parent_path());
  std::ofstream(path(name), std::ios::binary) << content;
}

std::string Program::read(const std::string& name) const { return ::test::read_file(path(name)); }

std::string Program::tree(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path(name))) {
    names.push_back(entry.path().lexically_relative(path(name)).string() + (entry.is_directory() ? "/" : ""));
  }
  std::sort(names.begin(), names.end());
  std::string lines;
  for (const std::string& one : names) lines += one + '\n';
  return lines;
}

WithBucket::WithBucket() { fs::create_directory(path("bucket")); }

}  // namespace test
