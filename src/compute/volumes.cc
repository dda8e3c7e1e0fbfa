#include "compute/volumes.h"

#include "compute/pages.h"
#include "compute/wait.h"
#include "core/fail.h"
#include "core/random.h"
#include "core/without_value.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute {
namespace {

Error in_use(const Volume& volume) {
  const std::string as = volume.device.empty() ? "" : " as " + volume.device;
  return core::fail(ErrorCode::conflict, fmt::format("it is attached to {}{}", volume.instance, as), "detach it first");
}

Result<bool> is_available(const Volume& volume) { return volume.state == VolumeState::available; }

// By a token, an earlier call may have made it, and somebody have attached it since.
Result<bool> is_made(const Volume& volume) {
  return volume.state == VolumeState::available || volume.state == VolumeState::in_use;
}

// Not every backend tells the device.
Result<bool> is_attached(const Volume& volume, std::string_view instance, std::string_view device) {
  if (volume.state != VolumeState::in_use || volume.instance.empty()) return false;
  if (volume.instance == instance && (volume.device.empty() || volume.device == device)) return true;
  return in_use(volume);
}

}  // namespace

Result<Volume> create_volume(const Service& service, const VolumeSpec& spec, Duration limit, const Context& context) {
  VolumeSpec whole = spec;
  if (whole.token.empty()) whole.token = core::random_hex(16);
  RepeatsByToken repeats(service, context, whole.token);
  auto made = insist(repeats, [&] { return service.driver->create_volume(whole, context); });
  if (!made) return repeats.explained(std::move(made).error(), "VolumeSpec::token was \"{}\"");
  service.recent.add(made->id, service.hooks.now());
  auto ready = wait_for_volume(service, made->id, is_made, limit, context);
  if (ready) return ready;
  // It exists, and costs money.
  Error error = std::move(ready).error();
  error.message = fmt::format("{} was made: {}", made->id, error.message);
  error.may_have_happened = true;
  return error;
}

Result<Volume> get_volume(const Service& service, std::string_view id, const Context& context) {
  Patience patience(service, context, id);
  return insist(patience, [&] { return look_by([&] { return service.driver->get_volume(id, context); }); });
}

Result<std::vector<Volume>> list_volumes(const Service& service, const Context& context) {
  return all_pages<Volume>(service, context, &VolumePage::volumes,
                           [&](std::string_view token) { return service.driver->list_volumes_page(token, context); });
}

Status attach_volume(const Service& service, std::string_view volume, std::string_view instance,
                     std::string_view device, Duration limit, const Context& context) {
  auto present = get_volume(service, volume, context);
  if (!present) return std::move(present).error();
  const auto reached = [&](const Volume& seen) { return is_attached(seen, instance, device); };
  const auto already = reached(*present);
  if (!already.has_value()) return already.error();
  if (*already) return {};
  Patience patience(service, context, {std::string(volume), std::string(instance)});
  auto begun = insist(patience, [&] { return service.driver->attach_volume(volume, instance, device, context); });
  if (!begun) return begun;
  return core::without_value(wait_for_volume(service, volume, reached, limit, context));
}

Status detach_volume(const Service& service, std::string_view volume, Duration limit, const Context& context) {
  auto present = get_volume(service, volume, context);
  if (!present) return std::move(present).error();
  if (present->state == VolumeState::available) return {};
  Patience patience(service, context, volume);
  if (auto begun = insist(patience, [&] { return service.driver->detach_volume(volume, context); }); !begun) {
    return begun;
  }
  return core::without_value(wait_for_volume(service, volume, is_available, limit, context));
}

Status destroy_volume(const Service& service, std::string_view volume, const Context& context) {
  Patience patience(service, context, volume);
  auto done = insist(patience, [&] { return service.driver->destroy_volume(volume, context); });
  if (!done && done.error().code != ErrorCode::not_found) return done;
  service.recent.forget(volume);
  return {};
}

}  // namespace cloudkit::inline v0::compute
