#pragma once

/// Needs the C++ library only: part of the program that supervises a machine, too.
namespace cloudkit::inline v0::local {

/// Removes all that is in a directory, however deep and whatever its modes, with a few open files. Follows no symbolic
/// link. Several programs may do so at once. False leaves the cause in errno; then something is left.
bool empty_directory(int directory) noexcept;

}  // namespace cloudkit::inline v0::local
