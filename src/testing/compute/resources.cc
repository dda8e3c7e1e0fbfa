#include "testing/compute/suite.h"

#include <algorithm>

/// Keys, images and volumes.
namespace cloudkit::inline v0::testing::machines {
namespace {

// Their private halves are thrown away.
constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOen5ee9PC9pql8ezbxgJ0vWXpymsAz4/lFQAgknq3D/ one@conformance";
constexpr const char* kOtherKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGCBkLkeCG6Zm32P0RVngM1hcpHGNGyS+Mtkcvl74DYd two@conformance";

long count_keys(const ComputeCase& c, const std::string& name) {
  const auto keys = c.expect_ok(c.compute().list_keys(), "listing keys");
  return std::count_if(keys.begin(), keys.end(), [&](const KeyPair& key) { return key.name == name; });
}

void key_import_list_destroy(const ComputeCase& c) {
  c.needs(c.can().keys, "keys");
  const std::string name = c.name("key");
  const KeyPair made = c.ensure_key(name, kKey);
  c.expect_equal(made.name, name, "the name of the key");
  c.expect_equal(c.ensure_key(name, kKey).id, made.id, "the id of a key that was ensured twice");
  c.expect_equal(count_keys(c, name), 1L, "how often the key is listed");
  if (!made.fingerprint.empty()) {
    c.expect_error(c.compute().ensure_key(name, kOtherKey), ErrorCode::conflict, "ensuring another key of the name");
  }
  if (c.can().create) {
    InstanceSpec spec = c.spec();
    spec.key = name;
    c.expect_equal(c.create_running(spec).key, name, "the key of a machine");
    spec = c.spec("other");
    spec.key = c.name("none");
    c.expect_error(c.try_create(spec), ErrorCode::not_found, "creating with a missing key");
  }
  for (const char* line :
       {"", "ssh-ed25519", "ssh-ed25519 !", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOen", "nonsense AAAA"}) {
    c.expect_error(c.compute().ensure_key(c.name("wrong"), line), ErrorCode::invalid_argument,
                   "ensuring the key " + show(line));
  }
  c.expect_ok(c.compute().destroy_key(name), "destroying the key");
  c.expect_equal(count_keys(c, name), 0L, "how often a key is listed that was destroyed");
  c.expect_ok(c.compute().destroy_key(name), "destroying it again");
}

void resolve_image_alias(const ComputeCase& c) {
  c.needs(c.can().image_aliases, "image_aliases");
  if (c.harness().image_alias.empty()) c.skip("the harness has no image_alias");
  const std::string& alias = c.harness().image_alias;
  const Image image = c.expect_ok(c.compute().resolve_image(alias), "resolving an alias");
  c.expect(!image.id.empty(), "an image has an id");
  c.expect_equal(c.expect_ok(c.compute().resolve_image(image.id), "resolving an id").id, image.id, "its id");
  const Error unknown = c.expect_error(c.compute().resolve_image("no-such-alias"), ErrorCode::invalid_argument,
                                       "resolving an alias that is not known");
  c.expect(unknown.to_string().find(alias) != std::string::npos,
           "the error should list the aliases that are known: " + show(unknown));
  if (!c.can().create) return;
  InstanceSpec spec = c.spec();
  spec.image = alias;
  c.expect_equal(c.create(spec).image, image.id, "the image of a machine that was made by the alias");
  spec = c.spec("other");
  spec.image = "no-such-alias";
  c.expect_error(c.try_create(spec), ErrorCode::invalid_argument, "creating by an alias that is not known");
}

void volume_lifecycle(const ComputeCase& c) {
  c.needs(c.can().volumes, "volumes");
  if (c.harness().delay) {
    ComputeDelays delays;
    delays.pending_looks = 2;
    delays.late_looks = 2;
    c.harness().delay(delays);
  }
  const Instance made = c.create_running(c.spec());
  VolumeSpec spec;
  spec.size_gib = 1;
  spec.zone = made.zone;
  const Volume volume = c.create_volume(spec);
  c.expect(volume.state == VolumeState::available, "a volume should be available when it has been waited for");
  c.expect_equal(volume.size_gib, 1, "its size");
  const auto volumes = c.expect_ok(c.compute().list_volumes(), "listing volumes");
  c.expect(std::any_of(volumes.begin(), volumes.end(), [&](const Volume& one) { return one.id == volume.id; }),
           "the volume should be listed");
  c.expect_ok(c.compute().attach_volume(volume.id, made.id, "/dev/sdf"), "attaching");
  const Volume attached = c.expect_ok(c.compute().get_volume(volume.id), "getting what was attached");
  c.expect(attached.state == VolumeState::in_use, "an attached volume is in use");
  c.expect_equal(attached.instance, made.id, "the machine that it is attached to");
  c.expect_ok(c.compute().attach_volume(volume.id, made.id, "/dev/sdf"), "attaching again");
  c.expect_error(c.compute().destroy_volume(volume.id), ErrorCode::conflict, "destroying what is attached");
  c.expect_ok(c.compute().detach_volume(volume.id), "detaching");
  c.expect_ok(c.compute().detach_volume(volume.id), "detaching again");
  c.expect_ok(c.compute().destroy_volume(volume.id), "destroying");
  c.expect_ok(c.compute().destroy_volume(volume.id), "destroying again");
  c.expect(c.soon([&] {
    const auto gone = c.compute().get_volume(volume.id);
    return !gone ? gone.error().code == ErrorCode::not_found
                 : gone->state == VolumeState::deleting || gone->state == VolumeState::deleted;
  }),
           "a volume that was destroyed should be gone");
  spec.size_gib = 0;
  c.expect_error(c.compute().create_volume(spec), ErrorCode::invalid_argument, "creating a volume of no size");
}

constexpr ComputeCaseEntry kResourceCases[] = {
    {"key_import_list_destroy", key_import_list_destroy},
    {"resolve_image_alias", resolve_image_alias},
    {"volume_lifecycle", volume_lifecycle},
};

}  // namespace

ComputeCaseList resource_cases() { return kResourceCases; }

}  // namespace cloudkit::inline v0::testing::machines
