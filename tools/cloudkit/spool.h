#pragma once

#include "fd_source.h"

#include <cloudkit/context.h>
#include <cloudkit/io.h>

#include <memory>
#include <string>

namespace cloudkit::tool {

/// Keeps bytes whose number is not known until the last one: in memory, and from 8 MiB on in a
/// file without a name, so that nothing is left behind however the program ends.
class Spool final : public Sink {
 public:
  Status write(Bytes chunk) override;
  /// All that was written. The spool is empty then. Errors: `io`.
  Result<std::unique_ptr<Source>> finish();

 private:
  Status move_to_file();

  std::string memory_;
  UniqueFd file_;
};

/// All of standard input: as it is where it is a file, else spooled. Errors: `io`, `cancelled`.
Result<std::unique_ptr<Source>> read_stdin(const Context& context);
/// All of a file whose size says nothing, as of those in /proc. Errors: `io`, `cancelled`.
Result<std::unique_ptr<Source>> read_file(const std::string& path, const Context& context);

}  // namespace cloudkit::tool
