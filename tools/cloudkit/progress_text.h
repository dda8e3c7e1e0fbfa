#pragma once

#include <cloudkit/sync.h>

#include <chrono>
#include <string>

namespace cloudkit::tool {

/// "12 of 100 objects, 1.2 MiB of 3.0 MiB, 640.0 KiB/s, 3 s left"
std::string progress_text(const SyncProgress& progress, std::chrono::milliseconds elapsed);

}  // namespace cloudkit::tool
