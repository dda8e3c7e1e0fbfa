#include "deploy.h"

#include <iostream>

using cloudkit::Error;
using cloudkit::ErrorCode;

int refuse(const std::string& what, const std::string& hint, int code) {
  std::cerr << "deploy_container: " << what << "\n  hint: " << hint << '\n';
  return code;
}

cloudkit::Result<cloudkit::Instance> find_machine(const cloudkit::Compute& compute, const Options& options) {
  auto found = compute.find(options.name, {interrupted});
  if (found && found->tags.count(kTag) == 0) {
    return Error(ErrorCode::conflict, "the machine " + options.name + " (" + found->id + ") is not of deploy_container",
                 "take another --name");
  }
  return found;
}

int wait_for_page(const cloudkit::Compute& compute, const std::string& id, int port, const Options& options) {
  const std::string end = ":" + std::to_string(port) + "/";
  cloudkit::WaitInstanceOptions waiting;
  waiting.wait_limit = std::chrono::seconds(options.patience);
  waiting.context = interrupted;
  const auto machine = compute.wait_ready(id, {.http_url = "http://{host}" + end}, waiting);
  if (machine) {
    const std::string& address = machine->public_ip.empty() ? machine->private_ip : machine->public_ip;
    std::cout << "serving at http://" << address << end << '\n';
    return 0;
  }
  const auto console = compute.console(id, {interrupted});
  if (console && !console->empty()) {
    const std::size_t from = console->size() > 2000 ? console->find('\n', console->size() - 2000) : 0;
    std::cerr << "what the machine printed last:\n" << console->substr(from == std::string::npos ? 0 : from) << '\n';
  }
  std::cerr << "what was made stays; --remove takes it away\n";
  return fail(machine.error());
}

cloudkit::Result<cloudkit::StepReport> apply(const cloudkit::Compute& compute, const std::string& id,
                                             const std::string& script, const Options& options) {
  cloudkit::RunOptions running;
  running.ready_limit = std::chrono::seconds(options.patience);
  running.context = interrupted;
  const auto done = compute.run(id, script, running);
  if (!done) return done.error();
  auto report = cloudkit::parse_report(done->out);
  if (report && !report->succeeded()) {
    const cloudkit::StepProblem& problem = report->failed.front();
    return Error(ErrorCode::unknown, problem.step + ": " + problem.message, "run it again when that is mended");
  }
  return report;
}

int remove_machine(const cloudkit::Compute& compute, const Options& options) {
  const auto machine = find_machine(compute, options);
  if (!machine && machine.error().code == ErrorCode::not_found) {
    std::cout << "there is no machine " << options.name << '\n';
    return 0;
  }
  if (!machine) return fail(machine.error());
  const auto destroyed = compute.destroy(machine->id, {.wait = true, .context = interrupted});
  if (!destroyed) return fail(destroyed.error());
  std::cout << "removed the machine " << options.name << " (" << machine->id << ")\n";
  return 0;
}
