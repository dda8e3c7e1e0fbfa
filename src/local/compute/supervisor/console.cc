#include "local/compute/supervisor/console.h"

#include "core/write_all.h"
#include "local/compute/supervisor/protocol.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace cloudkit::inline v0::local::compute {

bool Console::open() noexcept {
  file_ = core::UniqueFd(::open(kConsoleFile, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat state{};
  if (!file_ || ::fstat(file_.get(), &state) != 0) return false;
  size_ = static_cast<std::size_t>(state.st_size);
  return true;
}

void Console::append(std::string_view text) noexcept {
  if (size_ >= limit_ && std::rename(kConsoleFile, kOldConsoleFile) == 0) open();
  if (file_ && core::write_all(file_.get(), text)) size_ += text.size();
}

}  // namespace cloudkit::inline v0::local::compute
