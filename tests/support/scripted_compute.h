#pragma once

#include "support/scripted.h"

#include <cloudkit/compute.h>
#include <cloudkit/driver/compute.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudkit::test {

/// A driver that answers what each test tells it, and remembers what it was asked. Safe to call from many threads.
class ScriptedCompute : public ComputeDriver {
 public:
  ComputeCapabilities able = all();
  std::vector<std::string> calls;
  Answers<Instance> gets, creates, destroys;
  Answers<InstancePage> pages;
  Answers<Firewall> firewalls, made_firewalls;
  Answers<FirewallPage> firewall_pages;
  Answers<KeyPair> imports;
  Answers<std::vector<KeyPair>> key_lists;
  Answers<Image> images;
  Answers<bool> agents;
  Result<bool> attached = false;
  Answers<SubmittedCommand> submits;
  Answers<std::optional<CommandResult>> polls;
  Answers<Volume> volumes, made_volumes;
  /// Of the calls that answer with success or an error, by what `calls` says of them.
  std::function<Status(const std::string&)> on_call = [](const std::string&) { return Status(); };
  /// Instead of `submits`, where it is set.
  std::function<Result<SubmittedCommand>(std::string_view id, const CommandSpec&, const Context&)> on_submit = {};
  InstanceSpec sent;
  InstanceFilter filter;
  std::vector<FirewallRule> sent_rules;
  std::vector<std::string> scripts;

  static ComputeCapabilities all() {
    ComputeCapabilities able;
    able.create = able.power = able.firewalls = able.keys = able.image_aliases = able.user_data = able.commands =
        able.console = able.tags = able.volumes = true;
    able.max_user_data = 100;
    able.max_tags = 3;
    return able;
  }

  ComputeCapabilities capabilities() const override { return able; }
  std::string url() const override { return "fake://here"; }

  Result<Instance> get(std::string_view id, const Context&) override { return gets_after("get", id, gets); }
  Result<InstancePage> list_page(const InstanceFilter& given, std::string_view token, const Context&) override {
    filter = given;
    return gets_after("list_page", token, pages);
  }
  Result<Instance> create(const InstanceSpec& spec, const Context&) override {
    sent = spec;
    return gets_after("create", spec.name, creates);
  }
  Result<Instance> destroy(std::string_view id, const Context&) override { return gets_after("destroy", id, destroys); }
  Status start(std::string_view id, const Context&) override { return called("start", id); }
  Status stop(std::string_view id, const Context&) override { return called("stop", id); }
  Status reboot(std::string_view id, const Context&) override { return called("reboot", id); }

  Result<Firewall> create_firewall(const FirewallSpec& spec, const Context&) override {
    return gets_after("create_firewall", spec.name, made_firewalls);
  }
  Result<Firewall> get_firewall(std::string_view id, const Context&) override {
    return gets_after("get_firewall", id, firewalls);
  }
  Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view network, std::string_view token,
                                           const Context&) override {
    return gets_after("list_firewalls", joined({name, network, token}), firewall_pages);
  }
  Status authorize_rules(std::string_view firewall, const std::vector<FirewallRule>& rules, const Context&) override {
    sent_rules = rules;
    return called("authorize", joined({firewall, std::to_string(rules.size())}));
  }
  Status revoke_rules(std::string_view firewall, const std::vector<FirewallRule>& rules, const Context&) override {
    return called("revoke", joined({firewall, std::to_string(rules.size())}));
  }
  Status destroy_firewall(std::string_view id, const Context&) override { return called("destroy_firewall", id); }
  Result<bool> is_firewall_attached(std::string_view, const Context&) override { return attached; }

  Result<KeyPair> import_key(std::string_view name, std::string_view, const Context&) override {
    return gets_after("import_key", name, imports);
  }
  Result<std::vector<KeyPair>> list_keys(const Context&) override { return gets_after("list_keys", "", key_lists); }
  Status destroy_key(std::string_view name, const Context&) override { return called("destroy_key", name); }
  Result<Image> resolve_image(std::string_view image, const Context&) override {
    return gets_after("resolve_image", image, images);
  }

  Result<bool> agent_ready(std::string_view id, const Context&) override {
    return gets_after("agent_ready", id, agents);
  }
  Result<SubmittedCommand> submit_command(std::string_view id, const CommandSpec& command,
                                          const Context& context) override {
    {
      const std::scoped_lock lock(mutex_);
      calls.push_back("submit " + std::string(id));
      scripts.push_back(command.script);
      if (!on_submit) return submits.next();
    }
    return on_submit(id, command, context);
  }
  Result<std::optional<CommandResult>> poll_command(std::string_view id, std::string_view command,
                                                    const Context&) override {
    return gets_after("poll", joined({id, command}), polls);
  }
  Status cancel_command(std::string_view id, std::string_view command, const Context&) override {
    return called("cancel", joined({id, command}));
  }
  Status put_file(std::string_view id, const Source& source, const FileTarget& target, const Context&) override {
    return called("put_file", joined({id, target.path, std::to_string(source.size())}));
  }

  Result<std::string> console(std::string_view id, const Context&) override {
    auto done = called("console", id);
    if (!done) return std::move(done).error();
    return std::string("text");
  }
  Status set_tags(std::string_view id, const std::map<std::string, std::string>& tags, const Context&) override {
    return called("set_tags", joined({id, std::to_string(tags.size())}));
  }
  Status remove_tags(std::string_view id, const std::vector<std::string>& keys, const Context&) override {
    return called("remove_tags", joined({id, std::to_string(keys.size())}));
  }

  Result<Volume> create_volume(const VolumeSpec& spec, const Context&) override {
    return gets_after("create_volume", spec.zone, made_volumes);
  }
  Result<Volume> get_volume(std::string_view id, const Context&) override {
    return gets_after("get_volume", id, volumes);
  }
  Result<VolumePage> list_volumes_page(std::string_view, const Context&) override { return VolumePage(); }
  Status attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                       const Context&) override {
    return called("attach", joined({volume, instance, device}));
  }
  Status detach_volume(std::string_view volume, const Context&) override { return called("detach", volume); }
  Status destroy_volume(std::string_view volume, const Context&) override { return called("destroy_volume", volume); }

 private:
  static std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
      if (!text.empty() && !part.empty()) text += ' ';
      text += part;
    }
    return text;
  }
  std::string note(std::string_view what, std::string_view on) {
    calls.push_back(joined({what, on}));
    return calls.back();
  }
  template <class T>
  Result<T> gets_after(std::string_view what, std::string_view on, Answers<T>& answers) {
    const std::scoped_lock lock(mutex_);
    note(what, on);
    return answers.next();
  }
  Status called(std::string_view what, std::string_view on) {
    const std::scoped_lock lock(mutex_);
    return on_call(note(what, on));
  }

  std::mutex mutex_;
};

/// A handle of it, with a clock that only waiting moves on.
struct ScriptedHandle {
  std::shared_ptr<ScriptedCompute> driver = std::make_shared<ScriptedCompute>();
  FakeClock time;
  Compute compute{driver, hooks()};

  const std::vector<std::string>& calls() const { return driver->calls; }

 private:
  ComputeHooks hooks() {
    ComputeHooks hooks;
    time.set(hooks);
    hooks.jitter = [] { return 0.0; };
    hooks.probe = [this](const Instance&, const ReadyProbe&, const Context&) { return driver->on_call("probe"); };
    return hooks;
  }
};

inline Instance instance_in(InstanceState state, std::string reason = {}) {
  Instance instance;
  instance.id = "i-1";
  instance.name = "web";
  instance.state = state;
  instance.state_reason = std::move(reason);
  return instance;
}

inline Error no_machine(bool retryable = false) {
  Error error(ErrorCode::not_found, "there is no such machine");
  error.retryable = retryable;
  return error;
}

inline Error passing_error(ErrorCode code, std::string message) {
  Error error(code, std::move(message));
  error.retryable = true;
  return error;
}

/// An error's code, or "success".
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "success" : std::string(to_string(result.error().code));
}

}  // namespace cloudkit::test
