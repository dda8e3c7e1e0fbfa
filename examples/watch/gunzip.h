#pragma once

#include <cloudkit/result.h>

#include <functional>
#include <memory>
#include <string_view>

/// Takes a log as it arrives: gunzips what is gzip, of any number of members, and leaves the rest as it is.
class Gunzip {
 public:
  explicit Gunzip(std::function<void(std::string_view)> take);
  ~Gunzip();

  /// Errors: `data_loss`.
  cloudkit::Status write(std::string_view bytes);
  /// Errors: `data_loss` when the end is missing.
  cloudkit::Status finish() const;
  bool is_packed() const noexcept { return inflater_ != nullptr; }

 private:
  struct Inflater;
  std::function<void(std::string_view)> take_;
  std::unique_ptr<Inflater> inflater_;
  bool begun_ = false;
};
