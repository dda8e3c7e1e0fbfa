#include "local/functions/guardian.h"

#include "core/send_flags.h"

#include <fmt/format.h>

#include <string>

namespace cloudkit::inline v0::local::functions {
namespace {

// Groups are kept in a list " 12 34 ". The list is empty when all ended as they should.
constexpr const char* kScript = R"(trap '' HUP INT TERM QUIT
groups=' '
while read -r what group; do
  case $what in
    add) groups="$groups$group " ;;
    drop) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
)";

}  // namespace

Result<std::shared_ptr<Guardian>> Guardian::start() {
  ChildSpec spec;
  spec.arguments = {"/bin/sh", "-c", kScript};
  spec.directory = "/";
  spec.outlives_host = true;
  auto shell = Child::start(spec);
  if (!shell) return std::move(shell).error();
  core::UniqueFd pipe = (*shell)->take_input();
  return std::shared_ptr<Guardian>(new Guardian(*std::move(shell), std::move(pipe)));
}

void Guardian::tell(std::string_view what, pid_t group) {
  const std::scoped_lock lock(mutex_);
  const std::string line = fmt::format("{} {}\n", what, group);
  // Somebody may have killed it. Its input is a socket, since a pipe would raise SIGPIPE then.
  [[maybe_unused]] const auto sent = ::send(pipe_.get(), line.data(), line.size(), core::kSendFlags);
}

}  // namespace cloudkit::inline v0::local::functions
