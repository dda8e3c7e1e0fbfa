#include "compute/steps/cloud_config.h"

#include "compute/steps/script.h"
#include "compute/steps/text.h"
#include "core/encode.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute::steps {
namespace {

// The order in which cloud-init makes them: users in its first stage, the others in its last, commands as the last
// of all. https://docs.cloud-init.io/en/latest/explanation/boot.html
enum class Stage { users, packages, files, commands };

Stage stage_of(const MachineStep& step) {
  if (std::holds_alternative<UserStep>(step)) return Stage::users;
  if (std::holds_alternative<PackageStep>(step)) return Stage::packages;
  const auto* file = std::get_if<FileStep>(&step);
  if (file == nullptr) return Stage::commands;
  // It neither keeps what was there nor asks before it replaces that; and others could read it until it has its mode.
  const bool is_secret = (file->mode & 077) == 0;
  return file->backup || !file->validate.empty() || is_secret ? Stage::commands : Stage::files;
}

std::string list_of(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "[" : ", ") + yaml_scalar(item);
  return list + ']';
}

std::string render_user(const UserStep& step) {
  std::string user = fmt::format("  - name: {}\n    shell: {}\n    lock_passwd: true\n", yaml_scalar(step.name),
                                 yaml_scalar(step.shell));
  if (!step.groups.empty()) user += fmt::format("    groups: {}\n", list_of(step.groups));
  if (step.sudo) user += "    sudo: \"ALL=(ALL) NOPASSWD:ALL\"\n";
  if (!step.ssh_keys.empty()) user += "    ssh_authorized_keys:\n";
  for (const std::string& key : step.ssh_keys) user += fmt::format("      - {}\n", yaml_scalar(key));
  return user;
}

// `deferred`: until users and packages are there, which else come after files.
std::string render_file(const FileStep& step, bool deferred) {
  std::string file = fmt::format("  - path: {}\n    permissions: \"{:04o}\"\n", yaml_scalar(step.path), step.mode);
  if (!step.owner.empty() || !step.group.empty()) {
    const std::string owner = step.owner.empty() ? "root" : step.owner;
    file += fmt::format("    owner: {}\n", yaml_scalar(step.group.empty() ? owner : owner + ':' + step.group));
  }
  if (deferred) file += "    defer: true\n";
  if (is_clean_text(step.content)) return file + "    content: " + yaml_text(step.content, 6);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(step.content.data());
  return file + fmt::format("    encoding: b64\n    content: {}\n",
                            yaml_scalar(core::base64_encode({bytes, step.content.size()})));
}

}  // namespace

std::size_t count_native(std::span<const CheckedStep> steps) {
  std::size_t count = 0;
  Stage stage = Stage::users;
  for (const CheckedStep& step : steps) {
    const Stage next = stage_of(step.step);
    if (next < stage || next == Stage::commands) break;
    stage = next;
    ++count;
  }
  return count;
}

std::string render_cloud_config(std::span<const CheckedStep> steps) {
  const auto native = steps.first(count_native(steps));
  const auto scripted = steps.subspan(native.size());
  std::string users, packages, files;
  for (const CheckedStep& step : native) {
    if (const auto* user = std::get_if<UserStep>(&step.step)) users += render_user(*user);
    if (const auto* package = std::get_if<PackageStep>(&step.step)) {
      packages += fmt::format("  - {}\n", yaml_scalar(package->name));
    }
    if (const auto* file = std::get_if<FileStep>(&step.step)) {
      files += render_file(*file, !users.empty() || !packages.empty());
    }
  }
  std::string config = "#cloud-config\n";
  // Without "default" the image's own user would not be made, and nobody could log in.
  if (!users.empty()) config += "users:\n  - default\n" + users;
  if (!packages.empty()) config += "package_update: true\npackages:\n" + packages;
  if (!files.empty()) config += "write_files:\n" + files;
  if (!scripted.empty()) config += "runcmd:\n  - " + yaml_text(render_first_boot(native, scripted), 4);
  return steps.empty() ? config + "{}\n" : config;
}

}  // namespace cloudkit::inline v0::compute::steps
