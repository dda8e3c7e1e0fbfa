// A stack's file: what is taken is a declaration that can be written again and read as the same; what is refused is
// refused with its file.
#include <cloudkit/stack_file.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

StackFileOptions options() {
  StackFileOptions made;
  made.name = "fuzzed";
  made.read_environment = false;
  made.directory = "/nonexistent";
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Not of this machine's files.
  if (text.find("file") != std::string_view::npos && text.find('(') != std::string_view::npos) return 0;
  const auto file = parse_stack_file(text, "main.tf.json", options());
  if (!file) {
    require(file.error().code == ErrorCode::invalid_argument);
    require(file.error().message.starts_with("main.tf.json:"));
    return 0;
  }
  require(file->stack.check().has_value());
  const auto written = file->stack.to_terraform_json(file->region);
  if (!written) {
    require(written.error().code == ErrorCode::unsupported || written.error().code == ErrorCode::invalid_argument);
    return 0;
  }
  // A function without a role becomes a variable without a value.
  if (written->find("\"variable\"") != std::string::npos) return 0;
  const auto again = parse_stack_file(*written, "main.tf.json", options());
  require(again.has_value() && again->region == file->region);
  require(again->stack.to_terraform_json(again->region).value() == *written);
  return 0;
}
