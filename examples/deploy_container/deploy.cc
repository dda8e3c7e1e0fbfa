#include "deploy.h"

#include <iostream>
#include <vector>

using cloudkit::Error;
using cloudkit::ErrorCode;
using cloudkit::InstanceState;

namespace {

// Those of the deployment: two runs at once may each have made one.
cloudkit::Result<std::vector<cloudkit::Instance>> machines(const cloudkit::Compute& compute, const Options& options) {
  cloudkit::InstanceFilter filter;
  filter.name = options.name;
  filter.tags = {{kTag, options.name}};
  auto found = compute.list(filter, {interrupted});
  if (!found) return found;
  std::erase_if(*found, [](const cloudkit::Instance& machine) {
    return machine.state == InstanceState::terminating || machine.state == InstanceState::terminated;
  });
  return found;
}

}  // namespace

int refuse(const std::string& what, const std::string& hint, int code) {
  std::cerr << "deploy_container: " << what << "\n  hint: " << hint << '\n';
  return code;
}

int give_up(const Error& error) {
  std::cerr << "what was made stays; --remove takes it away\n";
  return fail(error);
}

cloudkit::Result<cloudkit::Instance> find_machine(const cloudkit::Compute& compute, const Options& options) {
  auto found = compute.find(options.name, {interrupted});
  if (found && found->tags.count(kTag) == 0) {
    return Error(ErrorCode::conflict, "the machine " + options.name + " (" + found->id + ") is not of deploy_container",
                 "take another --name");
  }
  return found;
}

cloudkit::Result<cloudkit::Instance> make_machine(const cloudkit::Compute& compute, cloudkit::InstanceSpec spec,
                                                  const Options& options) {
  spec.name = options.name;
  spec.type = options.type;
  spec.tags = {{kTag, options.name}};
  auto made = compute.create(spec, {interrupted});
  if (!made) return made;
  std::cout << "launched " << options.name << " (" << made->id << ")\n";
  const auto all = machines(compute, options);
  if (!all) return all.error();
  for (const cloudkit::Instance& other : *all) {
    if (other.id == made->id) continue;
    return Error(ErrorCode::conflict, "another run has made " + options.name + ", too: " + other.id,
                 "both cost: --remove takes them away");
  }
  return made;
}

cloudkit::Result<cloudkit::Instance> ensure_running(const cloudkit::Compute& compute, const cloudkit::Instance& machine,
                                                    const Options& options) {
  cloudkit::WaitInstanceOptions waiting;
  waiting.wait_limit = std::chrono::seconds(options.patience);
  waiting.context = interrupted;
  if (machine.state == InstanceState::stopping || machine.state == InstanceState::stopped) {
    const auto stopped = compute.wait_until(machine.id, InstanceState::stopped, waiting);
    if (!stopped) return stopped;
    if (auto started = compute.start(machine.id, {interrupted}); !started) return started.error();
    std::cout << "started " << options.name << " (" << machine.id << ")\n";
  }
  return compute.wait_until(machine.id, InstanceState::running, waiting);
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
  return give_up(machine.error());
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
  const auto found = machines(compute, options);
  if (!found) return fail(found.error());
  for (const cloudkit::Instance& machine : *found) {
    const auto destroyed = compute.destroy(machine.id, {.wait = true, .context = interrupted});
    if (!destroyed) return fail(destroyed.error());
    std::cout << "removed the machine " << options.name << " (" << machine.id << ")\n";
  }
  if (!found->empty()) return 0;
  const auto others = find_machine(compute, options);
  if (!others && others.error().code != ErrorCode::not_found) return fail(others.error());
  std::cout << "there is no machine " << options.name << '\n';
  return 0;
}
