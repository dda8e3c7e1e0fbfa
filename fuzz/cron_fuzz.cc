// Lines of cron: what is taken means the same when it is written again, in both dialects.
#include "core/cron.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& cron : {core::parse_cron(text), core::from_aws_cron(text)}) {
    if (!cron) continue;
    require(cron->minutes != 0 && cron->hours != 0 && cron->days != 0 && cron->months != 0 && cron->weekdays != 0);
    require(core::parse_cron(core::to_string(*cron)).value() == *cron);
    const auto aws = core::to_aws_cron(*cron);
    if (!aws) continue;
    // It does not keep whether somebody wrote * or 0-6, which makes no difference where the other day field is *.
    core::Cron back = core::from_aws_cron(*aws).value();
    back.days_restricted = cron->days_restricted;
    back.weekdays_restricted = cron->weekdays_restricted;
    require(back == *cron);
  }
  return 0;
}
