#include "core/encode.h"
#include "core/fail.h"
#include "crypto/key_fingerprint.h"
#include "memory/compute/driver.h"

#include <fmt/format.h>

#include <algorithm>

// Keys, images, volumes.
namespace cloudkit::inline v0::memory::compute {
namespace {

Error wrong_state(const Volume& volume) {
  return core::fail(ErrorCode::conflict, fmt::format("the volume is {}", to_string(volume.state)));
}

}  // namespace

Result<KeyPair> MemoryComputeDriver::import_key(std::string_view name, std::string_view public_key,
                                                const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  if (store_.keys.contains(name)) {
    return core::fail(ErrorCode::already_exists, fmt::format("there is a key pair {} already", name));
  }
  KeyPair key;
  key.name = name;
  key.id = store_.next_id("key");
  key.fingerprint = crypto::key_fingerprint(public_key).value_or("");
  return store_.keys.emplace(key.name, key).first->second;
}

Result<std::vector<KeyPair>> MemoryComputeDriver::list_keys(const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  std::vector<KeyPair> keys;
  keys.reserve(store_.keys.size());
  for (const auto& [name, key] : store_.keys) keys.push_back(key);
  return keys;
}

Status MemoryComputeDriver::destroy_key(std::string_view name, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  if (const auto found = store_.keys.find(name); found != store_.keys.end()) store_.keys.erase(found);
  return {};
}

Result<Image> MemoryComputeDriver::resolve_image(std::string_view image, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  std::string known;
  for (const auto& [alias, id] : store_.options.images) {
    if (alias == image || id == image) return Image{id, alias, "x86_64"};
    core::append_listed(known, alias);
  }
  if (image.starts_with("img-")) return no_such("image", image);
  return core::invalid_argument(fmt::format("there is no alias {} of an image", image),
                                fmt::format("known are: {}", known));
}

Result<StoredVolume*> MemoryComputeDriver::find_volume(std::string_view id) {
  const auto found = store_.volumes.find(id);
  if (found == store_.volumes.end() || count_down(found->second.late_looks)) return no_such("volume", id);
  return &found->second;
}

Result<Volume> MemoryComputeDriver::create_volume(const VolumeSpec& spec, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  for (const auto& [id, volume] : store_.volumes) {
    if (volume.spec.token != spec.token) continue;
    if (volume.spec.size_gib == spec.size_gib && volume.spec.zone == spec.zone) return volume.info;
    return core::fail(ErrorCode::conflict, "the token was used with other values", "take a new token for other values");
  }
  const auto& zones = store_.options.zones;
  if (std::find(zones.begin(), zones.end(), spec.zone) == zones.end()) return no_such("zone", spec.zone);
  StoredVolume volume;
  volume.spec = spec;
  volume.late_looks = store_.faults.late_looks;
  volume.looks_left = store_.faults.pending_looks;
  volume.info.id = store_.next_id("vol");
  volume.info.state = VolumeState::creating;
  volume.info.size_gib = spec.size_gib;
  volume.info.zone = spec.zone;
  volume.info.type = spec.type;
  volume.info.tags = spec.tags;
  return store_.volumes.emplace(volume.info.id, volume).first->second.info;
}

Result<Volume> MemoryComputeDriver::get_volume(std::string_view id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  auto volume = find_volume(id);
  if (!volume) return std::move(volume).error();
  Volume& info = (*volume)->info;
  if (info.state == VolumeState::creating && !count_down((*volume)->looks_left)) info.state = VolumeState::available;
  return info;
}

Result<VolumePage> MemoryComputeDriver::list_volumes_page(std::string_view page_token, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  VolumePage page;
  auto next = store_.volumes.upper_bound(page_token);
  for (; next != store_.volumes.end() && page.volumes.size() < store_.page_size(); ++next) {
    page.volumes.push_back(next->second.info);
  }
  if (next != store_.volumes.end() && !page.volumes.empty()) page.next_page_token = page.volumes.back().id;
  return page;
}

Status MemoryComputeDriver::attach_volume(std::string_view volume_id, std::string_view instance,
                                          std::string_view device, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto volume = find_volume(volume_id);
  if (!volume) return std::move(volume).error();
  auto machine = find(instance);
  if (!machine) return std::move(machine).error();
  Volume& info = (*volume)->info;
  if (info.state != VolumeState::available) return wrong_state(info);
  if (info.zone != (*machine)->info.zone) {
    return core::invalid_argument(
        fmt::format("the volume is in {}, the machine in {}", info.zone, (*machine)->info.zone));
  }
  info.state = VolumeState::in_use;
  info.instance = instance;
  info.device = device;
  return {};
}

Status MemoryComputeDriver::detach_volume(std::string_view volume_id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto volume = find_volume(volume_id);
  if (!volume) return std::move(volume).error();
  Volume& info = (*volume)->info;
  if (info.state != VolumeState::in_use) return wrong_state(info);
  info.state = VolumeState::available;
  info.instance.clear();
  info.device.clear();
  return {};
}

Status MemoryComputeDriver::destroy_volume(std::string_view volume_id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto volume = find_volume(volume_id);
  if (!volume) return std::move(volume).error();
  if ((*volume)->info.state == VolumeState::in_use) return wrong_state((*volume)->info);
  store_.volumes.erase(store_.volumes.find(volume_id));
  return {};
}

}  // namespace cloudkit::inline v0::memory::compute
