#include "compute/steps/check.h"
#include "compute/steps/text.h"
#include "core/check_text.h"
#include "core/fail.h"
#include "core/whole_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

// What steps have to do with each other.
namespace cloudkit::inline v0::compute::steps {
namespace {

using core::invalid_argument;

struct Label {
  std::string operator()(const PackageStep& step) const { return "package " + step.name; }
  std::string operator()(const FileStep& step) const { return "file " + step.path; }
  std::string operator()(const DirectoryStep& step) const { return "directory " + step.path; }
  std::string operator()(const ServiceStep& step) const { return "service " + step.name; }
  std::string operator()(const UserStep& step) const { return "user " + step.name; }
  std::string operator()(const ContainerStep& step) const { return "container " + step.name; }
  // Of a command nothing but the program is shown: an argument, or a variable before it, may be a secret.
  std::string operator()(const CommandStep& step) const {
    if (!step.name.empty()) return "command " + step.name;
    const auto program = std::string_view(step.command).substr(0, step.command.find_first_of(" \n\t;&|"));
    return core::is_made_of(program, "_./+-", 100) ? fmt::format("command {}", program) : "command";
  }
};

Error at_step(Error error, std::size_t index, const std::string& label) {
  error.message = fmt::format("step {} ({}): {}", index + 1, core::printable_excerpt(label, 120), error.message);
  return error;
}

// A step whose local file is its content.
Result<MachineStep> loaded(const MachineStep& step) {
  const auto* file = std::get_if<FileStep>(&step);
  if (file == nullptr || file->local_file.empty()) return step;
  if (file->local_file.find('\0') != std::string::npos) return invalid_argument("local_file holds a NUL byte");
  auto content = core::read_whole_file(file->local_file, kLargestFile);
  if (!content) return std::move(content).error();
  if (!*content) return core::io_error("open " + file->local_file, ENOENT);
  FileStep whole = *file;
  whole.content = *std::move(*content);
  whole.local_file.clear();
  return MachineStep(std::move(whole));
}

// Empty: it has none.
std::string path_of(const MachineStep& step) {
  if (const auto* file = std::get_if<FileStep>(&step)) return file->path;
  if (const auto* directory = std::get_if<DirectoryStep>(&step)) return directory->path;
  if (const auto* user = std::get_if<UserStep>(&step); user != nullptr && user->sudo) return sudoers_path(*user);
  return {};
}

// Whether one address, which may stand for all of its kind, is the other or stands for it, too.
bool covers(const std::string& address, const std::string& other) {
  const bool is_ipv6 = other.find(':') != std::string::npos;
  return address.empty() || address == other || address == (is_ipv6 ? "::" : "0.0.0.0");
}

bool clash(const PublishedPort& one, const PublishedPort& other) {
  if (one.machine != other.machine || one.udp != other.udp) return false;
  return covers(one.address, other.address) || covers(other.address, one.address);
}

class Checker {
 public:
  Status add(std::size_t index, const MachineStep& given) {
    std::string label = label_of(given);
    const auto in_step = [&](Error error) { return at_step(std::move(error), index, label); };
    if (auto ok = std::visit([](const auto& step) { return check(step); }, given); !ok) return in_step(ok.error());
    auto step = loaded(given);
    if (!step) return in_step(std::move(step).error());
    if (std::holds_alternative<CommandStep>(*step)) {
      // The same command may well run twice.
      if (const int count = ++repeats_[label]; count > 1 || label == "command") label += fmt::format(" #{}", count);
    } else if (const auto known = places_.find(label); known != places_.end()) {
      if (checked_[known->second].step != *step) {
        return in_step(invalid_argument("another step says otherwise", "each thing has one step"));
      }
      if (!is_notified(*step)) return {};
      label += fmt::format(" #{}", ++repeats_[label] + 1);
    }
    if (auto ok = check_place(*step); !ok) return in_step(ok.error());
    if (auto ok = check_ports(*step); !ok) return in_step(ok.error());
    if (const auto service = service_of(*step); !service.empty()) {
      notifying_.emplace(std::string(service), std::pair(index, label));
    }
    if (const auto* service = std::get_if<ServiceStep>(&*step)) {
      if (service->restarted_if_changed && service->started != false) notifying_.erase(service->name);
    }
    places_.emplace(label, checked_.size());
    checked_.push_back({std::move(label), *std::move(step)});
    return {};
  }

  Result<std::vector<CheckedStep>> finish() && {
    if (!notifying_.empty()) {
      const auto& [service, step] = *notifying_.begin();
      return at_step(invalid_argument(fmt::format("it notifies {}, which no later step restarts", service),
                                      "add a ServiceStep of that name behind it"),
                     step.first, step.second);
    }
    return std::move(checked_);
  }

 private:
  // A service that another step has notified since: it is said again to be restarted again.
  bool is_notified(const MachineStep& step) const {
    const auto* service = std::get_if<ServiceStep>(&step);
    return service != nullptr && notifying_.count(service->name) != 0;
  }

  // No path is two things, and nothing lies below a file.
  Status check_place(const MachineStep& step) {
    const std::string path = path_of(step);
    if (path.empty()) return {};
    const bool is_file = !std::holds_alternative<DirectoryStep>(step);
    for (const auto& [other, other_is_file] : paths_) {
      const bool inside = path.starts_with(other + '/');
      const bool around = std::string_view(other).starts_with(path + '/');
      if (path == other || (inside && other_is_file) || (around && is_file)) {
        return invalid_argument(
            fmt::format("{} cannot be there beside the {} {}", path, other_is_file ? "file" : "directory", other));
      }
    }
    paths_.emplace_back(path, is_file);
    return {};
  }

  Status check_ports(const MachineStep& step) {
    const auto* container = std::get_if<ContainerStep>(&step);
    if (container == nullptr) return {};
    for (const PublishedPort& port : container->ports) {
      const auto clashes = [&port](const PublishedPort& other) { return clash(port, other); };
      if (std::any_of(ports_.begin(), ports_.end(), clashes)) {
        return invalid_argument(fmt::format("port {} of the machine is published twice", port.machine));
      }
      ports_.push_back(port);
    }
    return {};
  }

  std::vector<CheckedStep> checked_;
  std::map<std::string, std::size_t> places_;  // of labels in checked_
  std::map<std::string, int> repeats_;
  std::map<std::string, std::pair<std::size_t, std::string>> notifying_;  // by service: the first one without an answer
  std::vector<std::pair<std::string, bool>> paths_;                       // and whether it is a file
  std::vector<PublishedPort> ports_;
};

}  // namespace

std::string_view service_of(const MachineStep& step) noexcept {
  if (const auto* file = std::get_if<FileStep>(&step)) return file->notify;
  if (const auto* command = std::get_if<CommandStep>(&step)) return command->notify;
  return {};
}

std::string label_of(const MachineStep& step) { return std::visit(Label(), step); }

Result<std::vector<CheckedStep>> check_steps(const std::vector<MachineStep>& steps) {
  Checker checker;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (auto ok = checker.add(i, steps[i]); !ok) return ok.error();
  }
  return std::move(checker).finish();
}

}  // namespace cloudkit::inline v0::compute::steps
