#pragma once

#include <cloudkit/function_types.h>

#include <chrono>
#include <cstddef>

/// What Lambda asks of functions, and so do the runtimes on which its functions run.
namespace cloudkit::inline v0::core {

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
inline constexpr std::size_t kLambdaSyncPayload = std::size_t{6} << 20;
inline constexpr std::size_t kLambdaAsyncPayload = std::size_t{1} << 20;
inline constexpr std::size_t kLambdaZip = std::size_t{50} << 20;
inline constexpr std::size_t kLambdaCode = std::size_t{250} << 20;
inline constexpr std::size_t kLambdaEnvironment = 4096;
inline constexpr std::chrono::seconds kLambdaTimeout{900};
inline constexpr int kLambdaMemoryMib = 10'240;
/// The service takes this much more than it says.
inline constexpr std::size_t kLambdaReply = kLambdaSyncPayload + 100;

/// All but `max_code`: what is unpacked counts only where code runs.
inline void set_lambda_quotas(FunctionCapabilities& capabilities) {
  capabilities.max_sync_payload = kLambdaSyncPayload;
  capabilities.max_async_payload = kLambdaAsyncPayload;
  capabilities.max_zip = kLambdaZip;
  capabilities.max_environment = kLambdaEnvironment;
  capabilities.max_timeout = kLambdaTimeout;
  capabilities.max_memory_mib = kLambdaMemoryMib;
}

constexpr Architecture host_architecture() noexcept {
#if defined(__aarch64__) || defined(_M_ARM64)
  return Architecture::arm64;
#else
  return Architecture::x86_64;
#endif
}

/// What `EndpointKind::automatic` is.
inline EndpointKind kind_of(const EndpointSpec& spec) noexcept {
  if (spec.kind != EndpointKind::automatic) return spec.kind;
  if (!spec.stage.empty()) return EndpointKind::rest_api;
  return spec.method == "ANY" && spec.path == "/" ? EndpointKind::url : EndpointKind::http_api;
}

}  // namespace cloudkit::inline v0::core
