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

}  // namespace

Result<Instance> wait_for_state(const Service& service, std::string_view id, InstanceState wanted, Duration limit,
                                const Context& context) {
  const Pacing pacing(service.timer(), context, limit, kFirstLook, kSlowestLook);
  return look_until(pacing, [&](std::string& last) -> Result<std::optional<Instance>> {
    auto instance = service.driver->get(id, context);
    if (instance) {
      if (is_reached(instance->state, wanted)) return std::optional(*std::move(instance));
      if (is_out_of_reach(instance->state, wanted)) return never(*instance, wanted);
      last = with_reason(fmt::format("is {}", to_string(instance->state)), instance->state_reason);
      return std::optional<Instance>();
    }
    Error error = std::move(instance).error();
    if (error.code == ErrorCode::not_found && (error.retryable || service.is_recent(id))) {
      last = "is not to be seen";
      return std::optional<Instance>();
    }
    if (error.code == ErrorCode::not_found && core::is_gone(wanted)) {
      Instance gone;
      gone.id = id;
      gone.state = InstanceState::terminated;
      return std::optional(std::move(gone));
    }
    if (!is_passing(error)) return error;
    last = with_reason("is not to be asked", error.message);
    return std::optional<Instance>();
  });
}

Result<Volume> wait_for_volume(const Service& service, std::string_view id, VolumeReached reached,
                               std::string_view instance, Duration limit, const Context& context) {
  const Pacing pacing(service.timer(), context, limit, kFirstLook, kSlowestLook);
  return look_until(pacing, [&](std::string& last) -> Result<std::optional<Volume>> {
    auto volume = service.driver->get_volume(id, context);
    if (volume) {
      if (volume->state == VolumeState::failed || volume->state == VolumeState::deleted ||
          volume->state == VolumeState::deleting) {
        return core::fail(ErrorCode::conflict, fmt::format("it is {}", to_string(volume->state)), "make another one");
      }
      if (reached(*volume, instance)) return std::optional(*std::move(volume));
      last = fmt::format("is {}", to_string(volume->state));
      return std::optional<Volume>();
    }
    Error error = std::move(volume).error();
    const bool late = error.code == ErrorCode::not_found && (error.retryable || service.is_recent(id));
    if (!late && !is_passing(error)) return error;
    last = late ? "is not to be seen" : with_reason("is not to be asked", error.message);
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
