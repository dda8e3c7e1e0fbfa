#include "compute/volumes.h"

#include "compute/pages.h"
#include "compute/wait.h"
#include "core/fail.h"
#include "core/random.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute {
namespace {

bool is_available(const Volume& volume, std::string_view) { return volume.state == VolumeState::available; }

bool is_attached_to(const Volume& volume, std::string_view instance) {
  return volume.state == VolumeState::in_use && volume.instance == instance;
}

Error in_use(const Volume& volume) {
  return core::fail(ErrorCode::conflict, fmt::format("it is attached to {}", volume.instance), "detach it first");
}

}  // namespace

Result<Volume> create_volume(const Service& service, const VolumeSpec& spec, Duration limit, const Context& context) {
  VolumeSpec whole = spec;
  if (whole.token.empty()) whole.token = core::random_hex(16);
  Patience patience(service, context);
  auto made = insist(patience, [&] { return service.driver->create_volume(whole, context); });
  if (!made) return made;
  service.recent.add(made->id, service.hooks.now());
  auto ready = wait_for_volume(service, made->id, is_available, {}, limit, context);
  if (ready) return ready;
  // It exists, and costs money.
  Error error = std::move(ready).error();
  error.message = fmt::format("{} was made: {}", made->id, error.message);
  error.may_have_happened = true;
  return error;
}

Result<Volume> get_volume(const Service& service, std::string_view id, const Context& context) {
  Patience patience(service, context, id);
  return insist(patience, [&] { return service.driver->get_volume(id, context); });
}

Result<std::vector<Volume>> list_volumes(const Service& service, const Context& context) {
  return all_pages<Volume>(service, context, &VolumePage::volumes,
                           [&](std::string_view token) { return service.driver->list_volumes_page(token, context); });
}

Status attach_volume(const Service& service, std::string_view volume, std::string_view instance,
                     std::string_view device, Duration limit, const Context& context) {
  auto present = get_volume(service, volume, context);
  if (!present) return std::move(present).error();
  if (is_attached_to(*present, instance)) return {};
  if (present->state == VolumeState::in_use) return in_use(*present);
  Patience patience(service, context, instance);
  auto begun = insist(patience, [&] { return service.driver->attach_volume(volume, instance, device, context); });
  if (!begun) return begun;
  auto attached = wait_for_volume(service, volume, is_attached_to, instance, limit, context);
  return attached ? Status() : Status(std::move(attached).error());
}

Status detach_volume(const Service& service, std::string_view volume, Duration limit, const Context& context) {
  auto present = get_volume(service, volume, context);
  if (!present) return std::move(present).error();
  if (present->state == VolumeState::available) return {};
  Patience patience(service, context, volume);
  if (auto begun = insist(patience, [&] { return service.driver->detach_volume(volume, context); }); !begun) {
    return begun;
  }
  auto detached = wait_for_volume(service, volume, is_available, {}, limit, context);
  return detached ? Status() : Status(std::move(detached).error());
}

Status destroy_volume(const Service& service, std::string_view volume, const Context& context) {
  Patience patience(service, context, volume);
  auto done = insist(patience, [&] { return service.driver->destroy_volume(volume, context); });
  if (!done && done.error().code != ErrorCode::not_found) return done;
  service.recent.forget(volume);
  return {};
}

}  // namespace cloudkit::inline v0::compute
