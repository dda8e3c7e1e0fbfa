#include "core/cron.h"
#include "core/fail.h"
#include "function_runtime/checks.h"
#include "stack/kind.h"

#include <fmt/format.h>

#include <algorithm>

// What calls a function. It belongs to it, so that nobody else can have one of the same name.
namespace cloudkit::inline v0::stack {
namespace {

FunctionOptions triggers_within(const Context& context) {
  FunctionOptions options;
  options.context = context;
  return options;
}

// Services tell a line by their own words: "1-5" for "mon-fri". What is none stays as it is.
std::string canonical_cron(const std::string& line) {
  const auto cron = core::parse_cron(line);
  return cron ? core::to_string(*cron) : line;
}

class TriggerKind : public Kind {
 public:
  Service service() const override { return Service::functions; }
  // The function may be one outside of the stack, with triggers of its own.
  Status refuse_others(const Site& site, const Target& target) const override {
    Entry entry;
    entry.inputs = attributes_of(target.spec, target.secrets, {});
    auto found = look(site, target.address, entry, target.secrets);
    if (!found) return std::move(found).error();
    if (!*found) return {};
    const std::string_view kind = type_of(target.address) == "endpoint" ? "an endpoint" : "a schedule";
    const std::string what = fmt::format("{} like that of {}", kind, text_in(entry.inputs, "function"));
    return belongs_to_others(target, what, (*found)->id);
  }
  Result<Found> make(const Site& site, const Target& target, const Making&) const override {
    return ensure(site, target);
  }
  Result<Found> change(const Site& site, const Target& target, const Entry&) const override {
    return ensure(site, target);
  }

 protected:
  virtual Result<Found> ensure(const Site& site, const Target& target) const = 0;
};

class EndpointKind : public TriggerKind {
 public:
  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    const auto& endpoint = std::get<StackEndpoint>(spec);
    if (auto ok = function_runtime::check_whole_function(endpoint.function); !ok) return ok;
    return function_runtime::check_endpoint(endpoint.spec);
  }

  Result<std::optional<Found>> look(const Site& site, const std::string&, const Entry& entry,
                                    const Secrets&) const override {
    auto found = find(site, entry);
    if (!found) return std::move(found).error();
    return *found ? std::optional(described(**found)) : std::optional<Found>();
  }

  Status remove(const Site& site, const Entry& entry) const override {
    auto found = find(site, entry);
    if (!found) return std::move(found).error();
    if (!*found) return {};
    return (*functions_of(site.providers))
        ->unexpose(text_in(entry.inputs, "function"), **found, triggers_within(site.context));
  }

  Result<Found> import(const Site& site, const Target& target, const std::string& id) const override {
    const auto& endpoint = std::get<StackEndpoint>(target.spec);
    auto all = (*functions_of(site.providers))->endpoints(endpoint.function, triggers_within(site.context));
    if (!all) return std::move(all).error();
    std::erase_if(*all, [&](const Endpoint& each) { return each.id != id; });
    // Several may have the id: rather the one that is declared.
    const Attributes declared = attributes_of(target.spec, target.secrets, {});
    for (const Endpoint& each : *all) {
      if (is_at(each, declared)) return described(each);
    }
    if (!all->empty()) return described(all->front());
    return core::fail(ErrorCode::not_found, fmt::format("{} has no endpoint {}", endpoint.function, id));
  }

  Result<Attributes> expected(const Site&, const Target& target) const override {
    Attributes all = attributes_of(target.spec, target.secrets, {});
    all.erase("function");
    return all;
  }

 protected:
  Result<Found> ensure(const Site& site, const Target& target) const override {
    const auto& endpoint = std::get<StackEndpoint>(target.spec);
    EndpointSpec spec = endpoint.spec;
    spec.context = site.context;
    auto made = (*functions_of(site.providers))->expose(endpoint.function, spec);
    if (!made) return std::move(made).error();
    return described(*made);
  }

 private:
  static Found described(const Endpoint& endpoint) {
    StackEndpoint same;
    same.spec.method = endpoint.method;
    same.spec.path = endpoint.path;
    same.spec.stage = endpoint.stage;
    same.spec.is_public = endpoint.is_public;
    same.spec.kind = endpoint.kind;
    Found found;
    found.id = endpoint.id;
    found.facts = attributes_of(StackResource::Spec(same), {}, {});
    found.outputs = {{"id", endpoint.id}, {"url", endpoint.url}};
    return found;
  }

  // Whether it is called as the inputs say.
  static bool is_at(const Endpoint& endpoint, const Attributes& inputs) {
    Attributes facts = described(endpoint).facts;
    facts.erase("is_public");
    return std::all_of(facts.begin(), facts.end(), [&](const auto& fact) {
      const auto input = inputs.find(fact.first);
      return input != inputs.end() && input->second == fact.second;
    });
  }

  // By what it was to be. Its id alone is not enough: on AWS all endpoints of an API have that of the API.
  static Result<std::optional<Endpoint>> find(const Site& site, const Entry& entry) {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    auto all = (*functions)->endpoints(text_in(entry.inputs, "function"), triggers_within(site.context));
    if (!all && all.error().code == ErrorCode::not_found) return std::optional<Endpoint>();
    if (!all) return std::move(all).error();
    const auto is_it = [&](const Endpoint& each) {
      return (entry.id.empty() || each.id == entry.id) && is_at(each, entry.inputs);
    };
    const auto found = std::find_if(all->begin(), all->end(), is_it);
    return found == all->end() ? std::optional<Endpoint>() : std::optional(*found);
  }
};

class ScheduleKind : public TriggerKind {
 public:
  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    const auto& schedule = std::get<StackSchedule>(spec);
    if (auto ok = function_runtime::check_whole_function(schedule.function); !ok) return ok;
    return function_runtime::check_schedule(schedule.spec, (*functions)->capabilities());
  }

  Result<std::optional<Found>> look(const Site& site, const std::string&, const Entry& entry,
                                    const Secrets& secrets) const override {
    return find(site, text_in(entry.inputs, "function"), text_in(entry.inputs, "name"), secrets);
  }

  Status remove(const Site& site, const Entry& entry) const override {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    auto removed = (*functions)
                       ->unschedule(text_in(entry.inputs, "function"), text_in(entry.inputs, "name"),
                                    triggers_within(site.context));
    return !removed && removed.error().code == ErrorCode::not_found ? Status() : removed;
  }

  Result<Found> import(const Site& site, const Target& target, const std::string& id) const override {
    const auto& schedule = std::get<StackSchedule>(target.spec);
    auto found = find(site, schedule.function, id, target.secrets);
    if (!found) return std::move(found).error();
    if (!*found) {
      return core::fail(ErrorCode::not_found, fmt::format("{} has no schedule \"{}\"", schedule.function, id));
    }
    return **std::move(found);
  }

  Result<Attributes> expected(const Site&, const Target& target) const override {
    StackSchedule schedule = std::get<StackSchedule>(target.spec);
    schedule.spec.cron = canonical_cron(schedule.spec.cron);
    return attributes_of(StackResource::Spec(schedule), target.secrets, {});
  }

 protected:
  Result<Found> ensure(const Site& site, const Target& target) const override {
    const auto& schedule = std::get<StackSchedule>(target.spec);
    ScheduleSpec spec = schedule.spec;
    spec.context = site.context;
    auto made = (*functions_of(site.providers))->schedule(schedule.function, spec);
    if (!made) return std::move(made).error();
    return described(*made, schedule.function, target.secrets);
  }

 private:
  static Found described(const Schedule& schedule, const std::string& function, const Secrets& secrets) {
    StackSchedule same;
    same.function = function;
    same.spec.name = schedule.name;
    same.spec.cron = canonical_cron(schedule.cron);
    same.spec.time_zone = schedule.time_zone;
    same.spec.input = schedule.input;
    same.spec.enabled = schedule.enabled;
    Found found;
    found.id = schedule.name;
    found.facts = attributes_of(StackResource::Spec(same), secrets, {});
    found.outputs = {{"name", schedule.name}};
    return found;
  }

  static Result<std::optional<Found>> find(const Site& site, const std::string& function, const std::string& name,
                                           const Secrets& secrets) {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    auto all = (*functions)->schedules(function, triggers_within(site.context));
    if (!all && all.error().code == ErrorCode::not_found) return std::optional<Found>();
    if (!all) return std::move(all).error();
    for (const Schedule& each : *all) {
      if (each.name == name) return std::optional(described(each, function, secrets));
    }
    return std::optional<Found>();
  }
};

}  // namespace

const Kind& endpoint_kind() {
  static const auto* const kind = new EndpointKind;
  return *kind;
}

const Kind& schedule_kind() {
  static const auto* const kind = new ScheduleKind;
  return *kind;
}

}  // namespace cloudkit::inline v0::stack
