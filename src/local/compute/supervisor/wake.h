#pragma once

namespace cloudkit::inline v0::local::compute {

/// Lets signals wake poll(2): ended children, and what asks the supervisor to end. False leaves the cause in errno.
bool install_wake();
/// Readable once there was one.
int wake_descriptor() noexcept;
void drain_wake() noexcept;
/// Whether it was asked to end, since the last time.
bool take_terminate() noexcept;

}  // namespace cloudkit::inline v0::local::compute
