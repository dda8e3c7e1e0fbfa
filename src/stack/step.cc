#include "stack/step.h"

#include "core/fail.h"
#include "core/random.h"
#include "stack/declaration.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

constexpr std::size_t kTokenSize = 16;

class Step {
 public:
  Step(const StepSite& at, const Task& task)
      : at_(at), address_(task.address), action_(task.action), kind_(kind_of(type_of(task.address))) {
    const auto document = at.keeper.document();
    const auto entry = document.entries.find(address_);
    if (entry != document.entries.end()) entry_ = entry->second;
    resource_ = find(at.stack, address_);
    secrets_ = secrets_of(resource_, document.lineage);
  }

  Result<std::string> down() {
    auto there = at_.planned.there.at(address_);
    if (!there && !entry_.created) {
      auto later = look_until_settled(kind_, at_.site, address_, entry_, secrets_);
      if (!later) return std::move(later).error();
      there = *std::move(later);
    }
    if (there) entry_.id = there->id;
    if (there || kind_.may_leave_remains()) {
      if (auto gone = kind_.remove(at_.site, entry_); !gone) return std::move(gone).error();
    }
    auto written = at_.keeper.change([&](Document& document) { document.entries.erase(address_); });
    if (!written) return std::move(written).error();
    return entry_.id;
  }

  Result<std::string> up() {
    auto spec = resolve(resource_->spec, [this](const std::string& address, const std::string& output) {
      return output_of(address, output);
    });
    if (!spec) return std::move(spec).error();
    auto code = code_of(at_.site, *spec);
    if (!code) return std::move(code).error();
    inputs_ = attributes_of(*spec, secrets_, *code);
    const Target target{address_, *spec, secrets_};
    return action_ == StackAction::update ? change(target) : make(target);
  }

 private:
  Result<std::string> output_of(const std::string& address, const std::string& output) const {
    const Document document = at_.keeper.document();
    const auto entry = document.entries.find(address);
    if (entry == document.entries.end()) {
      return core::fail(ErrorCode::not_found, fmt::format("{} is not there", address));
    }
    // Of what is unchanged the state may be older than what there is.
    const auto& steps = at_.planned.plan.steps;
    const bool stays = std::any_of(steps.begin(), steps.end(), [&](const StackPlanStep& step) {
      return step.address == address && step.action == StackAction::unchanged;
    });
    const auto there = at_.planned.there.find(address);
    const bool is_seen = stays && there != at_.planned.there.end() && there->second;
    const auto& outputs = is_seen ? there->second->outputs : entry->second.outputs;
    const auto value = outputs.find(output);
    return value == outputs.end() ? std::string() : value->second;
  }

  Result<std::string> change(const Target& target) {
    entry_.id = at_.planned.there.at(address_)->id;
    auto found = kind_.change(at_.site, target, entry_);
    if (found) return done(*found);
    // What an interrupted run had only begun has come up as somebody else's.
    const bool is_taken = is_definite(found.error()) && found.error().code == ErrorCode::already_exists;
    if (!entry_.created && is_taken && kind_.known_by_name_only()) forget();
    return std::move(found).error();
  }

  Result<std::string> make(const Target& target) {
    Making making;
    making.repeated = !entry_.place.provider.empty() && !entry_.created;
    // With other values it is another making: what has their names may be somebody else's, and the state must tell of
    // them before anything is made.
    if (making.repeated && entry_.inputs != inputs_) {
      if (auto nothing = expect_nothing(); !nothing) return std::move(nothing).error();
      making.repeated = false;
    }
    making.token = making.repeated ? entry_.token : core::random_hex(kTokenSize);
    if (making.repeated) {
      if (auto begun = begin_again(); !begun) return std::move(begun).error();
    } else {
      if (auto free = kind_.refuse_others(at_.site, target); !free) return std::move(free).error();
      if (auto begun = begin(making.token); !begun) return std::move(begun).error();
    }
    making.note_id = [this](const std::string& id) {
      return at_.keeper.change([&](Document& document) { document.entries[address_].id = id; });
    };
    making.new_token = [this]() -> Result<std::string> {
      std::string token = core::random_hex(kTokenSize);
      auto begun = begin(token);
      return begun ? Result<std::string>(std::move(token)) : Result<std::string>(std::move(begun).error());
    };
    auto found = kind_.make(at_.site, target, making);
    if (found) return done(*found);
    if (!is_definite(found.error())) return std::move(found).error();
    // What has the name of what was not made is somebody else's, who was faster: no look may take it for ours.
    if (kind_.known_by_name_only() && !making.repeated) {
      forget();
    } else {
      forget_if_missing();
    }
    return std::move(found).error();
  }

  // Of an interrupted making, whose intent is about to be written over.
  Status expect_nothing() const {
    auto there = look_until_settled(kind_, at_.site, address_, entry_, secrets_);
    if (!there) return std::move(there).error();
    if (!*there) return {};
    return core::fail(ErrorCode::conflict,
                      fmt::format("what an interrupted run had begun to make has come up: {}", (*there)->id),
                      "plan again: it is changed or replaced then");
  }

  Status begin(const std::string& token) {
    // What is not begun needs no last words.
    if (auto ok = at_.site.context.check(); !ok) return ok;
    auto place = place_of(kind_, at_.site);
    if (!place) return std::move(place).error();
    entry_ = {};
    entry_.place = *std::move(place);
    entry_.token = token;
    entry_.begun = at_.site.hooks.now();
    entry_.inputs = inputs_;
    return write();
  }

  // What is made from now on may not be seen for a while, as if it had never been begun before.
  Status begin_again() {
    if (auto ok = at_.site.context.check(); !ok) return ok;
    entry_.begun = at_.site.hooks.now();
    return write();
  }

  Result<std::string> done(const Found& found) {
    if (entry_.place.account.empty()) entry_.place = place_of(kind_, at_.site).value_or(entry_.place);
    entry_.id = found.id;
    entry_.created = true;
    entry_.former_tag.clear();
    entry_.inputs = inputs_;
    entry_.facts = found.facts;
    conceal(entry_.facts, secrets_, inputs_);
    entry_.outputs = found.outputs;
    if (auto written = write(); !written) return std::move(written).error();
    return found.id;
  }

  Status write() {
    entry_.protect = resource_->options.protect;
    entry_.needs = needs_of(at_.stack)[address_];
    return at_.keeper.change([&](Document& document) { document.entries[address_] = entry_; });
  }

  // The service has looked at it, and said no.
  static bool is_definite(const Error& error) {
    if (error.may_have_happened || error.retryable) return false;
    switch (error.code) {
      case ErrorCode::invalid_argument:
      case ErrorCode::not_found:
      case ErrorCode::already_exists:
      case ErrorCode::permission_denied:
      case ErrorCode::unauthenticated:
      case ErrorCode::unsupported:
      case ErrorCode::unavailable: return true;
      default: return false;
    }
  }

  void forget_if_missing() {
    const Document document = at_.keeper.document();
    const Entry& entry = document.entries.at(address_);
    auto there = kind_.look(at_.site, address_, entry, secrets_);
    if (!there || *there) return;
    // Of remains that stay the next run must know.
    if (kind_.may_leave_remains() && !kind_.remove(at_.site, entry)) return;
    forget();
  }

  void forget() {
    (void)at_.keeper.change([&](Document& changed) { changed.entries.erase(address_); });
  }

  const StepSite& at_;
  const std::string address_;
  const StackAction action_;
  const Kind& kind_;
  const StackResource* resource_ = nullptr;
  Secrets secrets_;
  Entry entry_;
  Attributes inputs_;
};

}  // namespace

Result<std::string> do_step(const StepSite& at, const Task& task) {
  Step step(at, task);
  return task.way == Way::down ? step.down() : step.up();
}

}  // namespace cloudkit::inline v0::stack
