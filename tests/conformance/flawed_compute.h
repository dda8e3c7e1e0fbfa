#pragma once

#include "support/forwarding_compute.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

/// Backends of machines with one flaw each, of the kinds that real ones have had. The suite must see them.
namespace flawed {

using namespace cloudkit;

// --- Machines ---

/// Changes what `get` tells.
template <auto change>
struct ChangesMachines : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> get(std::string_view id, const Context& context) override {
    auto instance = inner_->get(id, context);
    if (instance) change(*instance);
    return instance;
  }
};
inline constexpr auto kAlwaysPending = [](Instance& instance) {
  if (instance.state == InstanceState::running) instance.state = InstanceState::pending;
};
inline constexpr auto kNoName = [](Instance& instance) { instance.name.clear(); };
inline constexpr auto kNoTags = [](Instance& instance) { instance.tags.clear(); };
inline constexpr auto kSameBootId = [](Instance& instance) { instance.boot_id = "always"; };
inline constexpr auto kNeverGone = [](Instance& instance) {
  if (instance.state == InstanceState::terminated) instance.state = InstanceState::running;
};
inline constexpr auto kGoneIsStopped = [](Instance& instance) {
  if (instance.state == InstanceState::terminated) instance.state = InstanceState::stopped;
};
inline constexpr auto kOtherIdWhenStopped = [](Instance& instance) {
  if (instance.state == InstanceState::stopped) instance.id += "-2";
};
inline constexpr auto kNoFirewalls = [](Instance& instance) { instance.firewalls.clear(); };
inline constexpr auto kNoKey = [](Instance& instance) { instance.key.clear(); };
inline constexpr auto kStoppedAtOnce = [](Instance& instance) {
  if (instance.state == InstanceState::running) instance.state = InstanceState::stopped;
};

/// Sends what a spec says otherwise.
template <auto change>
struct ChangesSpecs : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec& given, const Context& context) override {
    InstanceSpec spec = given;
    change(spec);
    return inner_->create(spec, context);
  }
};
inline constexpr auto kIgnoreToken = [](InstanceSpec& spec) {
  static int made = 0;
  spec.token += std::to_string(++made);
};
inline constexpr auto kDropTags = [](InstanceSpec& spec) { spec.tags.clear(); };
inline constexpr auto kDropUserData = [](InstanceSpec& spec) { spec.user_data.clear(); };
inline constexpr auto kDropFirewalls = [](InstanceSpec& spec) { spec.firewalls.clear(); };
inline constexpr auto kUsualImage = [](InstanceSpec& spec) { spec.image = "img-al2023"; };
inline constexpr auto kCutUserData = [](InstanceSpec& spec) { spec.user_data = "#!/bin/sh\n"; };

/// As ClientToken on a server that does not compare.
struct TokensMatchAnything : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    if (const auto found = made_.find(spec.token); found != made_.end()) return inner_->get(found->second, context);
    auto instance = inner_->create(spec, context);
    if (instance) made_[spec.token] = instance->id;
    return instance;
  }
  std::map<std::string, std::string> made_;
};

/// Another code than the contract's.
template <ErrorCode from, ErrorCode to, bool retryable = false>
struct ChangesCodes : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  template <class T>
  static Result<T> changed(Result<T> result) {
    if (result || result.error().code != from) return result;
    Error error = std::move(result).error();
    error.code = to;
    error.retryable = retryable;
    return error;
  }
  Result<Instance> get(std::string_view id, const Context& context) override {
    return changed(inner_->get(id, context));
  }
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    return changed(inner_->create(spec, context));
  }
  Result<Instance> destroy(std::string_view id, const Context& context) override {
    return changed(inner_->destroy(id, context));
  }
  Status stop(std::string_view id, const Context& context) override { return changed(inner_->stop(id, context)); }
  Result<Image> resolve_image(std::string_view image, const Context& context) override {
    return changed(inner_->resolve_image(image, context));
  }
};

struct InventsMachines : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> get(std::string_view id, const Context& context) override {
    auto instance = inner_->get(id, context);
    if (instance || instance.error().code != ErrorCode::not_found) return instance;
    return Instance();
  }
};

/// Late ones are denied for good.
struct NeverSeesThem : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> get(std::string_view id, const Context& context) override {
    auto instance = inner_->get(id, context);
    if (!instance && instance.error().code == ErrorCode::not_found) denied_.emplace(id);
    if (denied_.contains(std::string(id))) return Error(ErrorCode::not_found, "denied");
    return instance;
  }
  std::set<std::string> denied_;
};

struct Throws : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec&, const Context&) override { throw std::runtime_error("a bug"); }
};

/// Changes what `list_page` is asked, or answers.
struct ListsTheFirstPageOnly : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<InstancePage> list_page(const InstanceFilter& filter, std::string_view page_token,
                                 const Context& context) override {
    auto page = inner_->list_page(filter, page_token, context);
    if (page) page->next_page_token.clear();
    return page;
  }
};
struct ListsTheLastOfAPageTwice : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<InstancePage> list_page(const InstanceFilter& filter, std::string_view page_token,
                                 const Context& context) override {
    auto page = inner_->list_page(filter, page_token, context);
    if (page && !page->instances.empty()) page->instances.push_back(page->instances.back());
    return page;
  }
};
template <auto change>
struct ChangesFilters : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<InstancePage> list_page(const InstanceFilter& given, std::string_view page_token,
                                 const Context& context) override {
    InstanceFilter filter = given;
    change(filter);
    return inner_->list_page(filter, page_token, context);
  }
};
inline constexpr auto kAnyName = [](InstanceFilter& filter) { filter.name.clear(); };
inline constexpr auto kAnyId = [](InstanceFilter& filter) { filter.ids.clear(); };
inline constexpr auto kAnyState = [](InstanceFilter& filter) { filter.states.clear(); };
inline constexpr auto kFirstTagOnly = [](InstanceFilter& filter) {
  if (filter.tags.size() > 1) filter.tags.erase(std::next(filter.tags.begin()), filter.tags.end());
  filter.tags.erase("ck-half");
};

struct TagsNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status set_tags(std::string_view, const std::map<std::string, std::string>&, const Context&) override { return {}; }
};
struct RemovesNoTags : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status remove_tags(std::string_view, const std::vector<std::string>&, const Context&) override { return {}; }
};

struct StopsNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status stop(std::string_view, const Context&) override { return {}; }
};
struct StartsNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status start(std::string_view, const Context&) override { return {}; }
};
struct RebootsNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status reboot(std::string_view, const Context&) override { return {}; }
};
struct DestroysNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> destroy(std::string_view id, const Context& context) override { return inner_->get(id, context); }
};
struct ForgetsItsFirewalls : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status destroy_firewall(std::string_view, const Context&) override { return {}; }
};

/// Says that there is room again if one asks twice, as a service that is throttled.
struct CapacityPasses : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    auto instance = inner_->create(spec, context);
    if (instance || instance.error().code != ErrorCode::unavailable) return instance;
    Error error = std::move(instance).error();
    error.code = ErrorCode::throttled;
    error.retryable = true;
    return error;
  }
};
struct CapacityIsRetryable : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    auto instance = inner_->create(spec, context);
    if (!instance) instance.error().retryable = true;
    return instance;
  }
};

/// Runs user data at each boot: here by making a machine of its own for it.
struct RunsUserDataAgain : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    auto instance = inner_->create(spec, context);
    if (instance) user_data_[instance->id] = spec.user_data;
    return instance;
  }
  Status reboot(std::string_view id, const Context& context) override {
    auto done = inner_->reboot(id, context);
    (void)inner_->submit_command(id, {.script = user_data_[std::string(id)]}, context);
    return done;
  }
  std::map<std::string, std::string> user_data_;
};

struct HasNoConsole : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<std::string> console(std::string_view, const Context&) override { return std::string(); }
};

struct AllowsLessUserData : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override {
    if (spec.user_data.size() > 10'000) return Error(ErrorCode::invalid_argument, "more than 10000 bytes");
    return inner_->create(spec, context);
  }
};

// --- Commands and files ---

/// Changes what a script comes back with.
template <auto change>
struct ChangesResults : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<std::optional<CommandResult>> poll_command(std::string_view id, std::string_view command,
                                                    const Context& context) override {
    auto result = inner_->poll_command(id, command, context);
    if (result && *result) change(**result);
    return result;
  }
};
inline constexpr auto kAlwaysZero = [](CommandResult& result) { result.exit_code = 0; };
inline constexpr auto kErrorsAmongOutput = [](CommandResult& result) {
  result.out += result.err;
  result.err.clear();
};
inline constexpr auto kTrimmed = [](CommandResult& result) {
  while (result.out.ends_with('\n')) result.out.pop_back();
};
inline constexpr auto kNeverCut = [](CommandResult& result) { result.truncated = false; };
inline constexpr auto kAlwaysCut = [](CommandResult& result) { result.truncated = true; };
inline constexpr auto kTooMuch = [](CommandResult& result) { result.out.resize(result.out.size() * 2); };
inline constexpr auto kTimeoutIsAFailure = [](CommandResult& result) {
  if (result.timed_out) result.exit_code = 137;
  result.timed_out = false;
};

/// Changes the scripts.
template <auto change>
struct ChangesScripts : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<SubmittedCommand> submit_command(std::string_view id, const CommandSpec& given,
                                          const Context& context) override {
    CommandSpec spec = given;
    change(spec.script);
    return inner_->submit_command(id, spec, context);
  }
};
inline constexpr auto kFirstLineOnly = [](std::string& script) {
  script.resize(std::min(script.find('\n'), script.size()));
};
inline constexpr auto kFailsFiles = [](std::string& script) {
  if (script.find("decode") != std::string::npos) script = "true";
};
inline constexpr auto kOldMode = [](std::string& script) {
  if (const auto at = script.find("chmod 0640"); at != std::string::npos) script.replace(at, 10, "chmod 0644");
};
inline constexpr auto kLeavesATemporary = [](std::string& script) {
  if (script.find("mv -f") != std::string::npos) script += "\n: > \"$D/.ck-left\"";
};

/// Runs everything on the machine that it was told about first.
struct MixesMachinesUp : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Instance> get(std::string_view id, const Context& context) override {
    auto instance = inner_->get(id, context);
    if (instance && first_.empty()) first_ = id;
    return instance || first_.empty() ? std::move(instance) : inner_->get(first_, context);
  }
  Result<bool> agent_ready(std::string_view, const Context& context) override {
    return inner_->agent_ready(first_, context);
  }
  Result<SubmittedCommand> submit_command(std::string_view, const CommandSpec& spec, const Context& context) override {
    return inner_->submit_command(first_, spec, context);
  }
  Result<std::optional<CommandResult>> poll_command(std::string_view, std::string_view command,
                                                    const Context& context) override {
    return inner_->poll_command(first_, command, context);
  }
  std::string first_;
};

}  // namespace flawed
