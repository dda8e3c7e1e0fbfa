#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::local::functions {

/// Cuts what a program writes into lines: at line ends, and where a line is too long.
class LineCutter {
 public:
  using Take = std::function<void(std::string_view line)>;
  /// CloudWatch's limit of an event:
  /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
  static constexpr std::size_t kLongestLine = std::size_t{256} << 10;

  void feed(std::string_view bytes, const Take& take);
  /// What has no line end yet.
  void flush(const Take& take);

 private:
  std::string line_;
};

}  // namespace cloudkit::inline v0::local::functions
