#include "compute/wait.h"

#include "core/compute_rules.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute {
namespace {

bool is_reached(InstanceState state, InstanceState wanted) {
  return state == wanted || (wanted == InstanceState::terminating && state == InstanceState::terminated);
}

// Somebody may start what was stopped; but what is gone stays so, and what never came up can only be destroyed.
bool is_out_of_reach(InstanceState state, InstanceState wanted) {
  if (core::is_gone(state)) return state == InstanceState::terminated || wanted != InstanceState::terminated;
  return state == InstanceState::failed && !core::is_gone(wanted);
}

Error never(const Instance& instance, InstanceState wanted) {
  return core::fail(
      ErrorCode::conflict,
      with_reason(fmt::format("it is {}, and will not be {} any more", to_string(instance.state), to_string(wanted)),
                  instance.state_reason),
      instance.state == InstanceState::failed ? "destroy it, and make another one" : "make another one");
}

// Whether the error of a look only means that it is to be made again. Then `last` says how it stands.
bool is_no_answer(const Service& service, const Error& error, std::string_view id, std::string& last) {
  const bool late = is_late(service, error, id);
  if (!late && !is_passing(error)) return false;
  last = late ? "is not to be seen" : with_reason("is not to be asked", error.message);
  return true;
}

}  // namespace

Result<std::optional<Instance>> glance(const Service& service, std::string_view id, const Context& context,
                                       std::string& last) {
  auto instance = look_by([&] { return service.driver->get(id, context); });
  if (instance) return std::optional(*std::move(instance));
  if (!is_no_answer(service, instance.error(), id, last)) return std::move(instance).error();
  return std::optional<Instance>();
}

Result<std::optional<Instance>> glance_at_running(const Service& service, std::string_view id, std::string_view what,
                                                  const Context& context, std::string& last) {
  auto seen = glance(service, id, context, last);
  if (!seen || !*seen) return seen;
  const Instance& instance = **seen;
  if (instance.state == InstanceState::running || instance.state == InstanceState::unknown) return seen;
  if (instance.state != InstanceState::pending) return not_running(instance, what);
  last = with_reason("is pending", instance.state_reason);
  return std::optional<Instance>();
}

Result<Instance> wait_for_state(const Service& service, std::string_view id, InstanceState wanted, Duration limit,
                                const Context& context) {
  const Pacing pacing(service.timer(), context, limit, kFirstLook, kSlowestLook);
  bool was_pending = false;
  return look_until(pacing, [&](std::string& last) -> Result<std::optional<Instance>> {
    auto seen = glance(service, id, context, last);
    if (!seen) {
      if (seen.error().code != ErrorCode::not_found || !core::is_gone(wanted)) return seen;
      Instance gone;
      gone.id = id;
      gone.state = InstanceState::terminated;
      return std::optional(std::move(gone));
    }
    if (!*seen) return seen;
    const Instance& instance = **seen;
    if (is_reached(instance.state, wanted)) return seen;
    if (is_out_of_reach(instance.state, wanted)) return never(instance, wanted);
    // A start that failed: for want of room, or of its disk's key.
    const bool fell_back = was_pending && instance.state == InstanceState::stopped;
    if (fell_back && wanted == InstanceState::running && !instance.state_reason.empty()) {
      return core::fail(ErrorCode::conflict, "it did not come up, and is stopped again: " + instance.state_reason,
                        "start it again, perhaps later");
    }
    was_pending = was_pending || instance.state == InstanceState::pending;
    last = with_reason(fmt::format("is {}", to_string(instance.state)), instance.state_reason);
    return std::optional<Instance>();
  });
}

Result<Volume> wait_for_volume(const Service& service, std::string_view id, const VolumeReached& reached,
                               Duration limit, const Context& context) {
  const Pacing pacing(service.timer(), context, limit, kFirstLook, kSlowestLook);
  return look_until(pacing, [&](std::string& last) -> Result<std::optional<Volume>> {
    auto volume = look_by([&] { return service.driver->get_volume(id, context); });
    if (volume) {
      if (volume->state == VolumeState::failed || volume->state == VolumeState::deleted ||
          volume->state == VolumeState::deleting) {
        return core::fail(ErrorCode::conflict, fmt::format("it is {}", to_string(volume->state)), "make another one");
      }
      const auto there = reached(*volume);
      if (!there.has_value()) return there.error();
      if (*there) return std::optional(*std::move(volume));
      last = fmt::format("is {}", to_string(volume->state));
      return std::optional<Volume>();
    }
    if (!is_no_answer(service, volume.error(), id, last)) return std::move(volume).error();
    return std::optional<Volume>();
  });
}

Error not_running(const Instance& instance, std::string_view what) {
  const bool stopped = instance.state == InstanceState::stopped || instance.state == InstanceState::stopping;
  return core::fail(
      ErrorCode::conflict,
      with_reason(fmt::format("it is {}, and {}", to_string(instance.state), what), instance.state_reason),
      stopped ? "start it first" : "");
}

}  // namespace cloudkit::inline v0::compute
