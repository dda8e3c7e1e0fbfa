#include "deploy.h"
#include "dockerfile.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <set>
#include <system_error>

namespace {

namespace fs = std::filesystem;
using cloudkit::Error;
using cloudkit::ErrorCode;
using cloudkit::Result;

constexpr const char* kPort = "deploy-container-port";

// Where nobody listens: `port`, or any one for 0.
Result<int> free_port(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error(ErrorCode::io, std::system_category().message(errno));
  const int yes = 1;  // A connection that has just been closed is nobody.
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int problem = errno;
  ::close(fd);
  if (bound) return static_cast<int>(ntohs(address.sin_port));
  return Error(ErrorCode::conflict, "port " + std::to_string(port) + ": " + std::system_category().message(problem),
               "--port 0 takes a free one");
}

// What a restart policy "always" comes to, for a process.
std::string boot_script(const Options& options, const Recipe& recipe, int port) {
  std::string script = "#!/bin/sh\n# " + options.name + ", as its Dockerfile runs it.\ncd srv/app || exit 1\n";
  auto environment = recipe.environment;
  environment["PORT"] = std::to_string(port);
  environment["HOST"] = "127.0.0.1";
  for (const auto& [name, value] : environment) script += "export " + name + "=" + shell_word(value) + "\n";
  script += "while :; do\n ";
  for (const std::string& word : recipe.command) script += ' ' + shell_word(word);
  return script + "\n  echo \"" + options.name + " ended, exit status $?; it is started again\"\n  sleep 1\ndone\n";
}

// The directory's files, where a container has its WORKDIR, and what runs them at each boot.
Result<std::string> machine_script(const Options& options, const Recipe& recipe, int port) {
  cloudkit::CloudInit steps;
  std::set<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(options.directory, error), end; !error && at != end; at.increment(error)) {
    if (at->is_regular_file(error)) files.insert(at->path());
  }
  if (error) return Error(ErrorCode::io, options.directory + ": " + error.message());
  for (const fs::path& file : files) {
    const bool runs = (fs::status(file, error).permissions() & fs::perms::owner_exec) != fs::perms::none;
    steps.file({.path = "/srv/app/" + file.lexically_relative(options.directory).generic_string(),
                .local_file = file.string(),
                .mode = runs ? 0755 : 0644});
  }
  steps.file({.path = "/etc/rc.local", .content = boot_script(options, recipe, port), .mode = 0755});
  cloudkit::ScriptOptions below_its_root;
  below_its_root.prefix = ".";
  return steps.script(below_its_root);
}

// Not a reboot, during which what ran before may still answer.
cloudkit::Status restart(const cloudkit::Compute& compute, const std::string& id) {
  cloudkit::WaitInstanceOptions waiting;
  waiting.context = interrupted;
  if (auto ok = compute.stop(id, {interrupted}); !ok) return ok;
  if (auto off = compute.wait_until(id, cloudkit::InstanceState::stopped, waiting); !off) return off.error();
  return compute.start(id, {interrupted});
}

int deploy(const cloudkit::Compute& compute, const Options& options, const Recipe& recipe) {
  auto machine = find_machine(compute, options);
  if (!machine && machine.error().code != ErrorCode::not_found) return fail(machine.error());
  const std::string before = machine ? machine->tags[kPort] : "";
  int port = options.port == 0 && !before.empty() ? std::stoi(before) : options.port;
  if (std::to_string(port) != before) {
    const auto free = free_port(port);
    if (!free) return fail(free.error());
    port = *free;
  }
  const auto script = machine_script(options, recipe, port);
  if (!script) return fail(script.error());

  if (machine) {
    std::cout << options.name << " (" << machine->id << ") is there already\n";
  } else {
    cloudkit::InstanceSpec spec;
    spec.image = "host";
    machine = make_machine(compute, spec, options);
  }
  if (machine) machine = ensure_running(compute, *machine, options);
  if (!machine) return give_up(machine.error());
  const auto report = apply(compute, machine->id, *script, options);
  if (!report) return give_up(report.error());
  if (report->changed.empty() && std::to_string(port) == before) {
    std::cout << "nothing changed, " << report->ok.size() << " steps ok\n";
  } else {
    for (const std::string& step : report->changed) std::cout << "changed " << step << '\n';
    if (const auto ok = restart(compute, machine->id); !ok) return fail(ok.error());
    const auto noted = compute.set_tags(machine->id, {{kPort, std::to_string(port)}}, {interrupted});
    if (!noted) return fail(noted.error());
  }
  return wait_for_page(compute, machine->id, port, options);
}

}  // namespace

int deploy_local(const Options& options) {
  const auto recipe = read_recipe(options.directory);
  if (!recipe) return fail(recipe.error());
  if (recipe->command.empty()) {
    return refuse("the Dockerfile has no CMD",
                  "a process has no image that would have one: CMD [\"python3\", \"app.py\"]", 2);
  }
  for (const std::string& instruction : recipe->not_done) {
    std::cerr << instruction << " of the Dockerfile is not done: the application runs as a process here\n";
  }
  if (options.dry_run) {
    const auto script = machine_script(options, *recipe, options.port);
    if (!script) return fail(script.error());
    std::cout << *script;
    return 0;
  }
  const auto compute = cloudkit::open_compute(options.url);
  return compute ? deploy(*compute, options, *recipe) : fail(compute.error());
}
