#pragma once

#include "aws/ec2/wire.h"

#include <cloudkit/compute_types.h>

#include <optional>
#include <string>
#include <string_view>

/// What machines are made from, by id or by meaning.
namespace cloudkit::inline v0::aws::ec2 {

/// A name for the newest image of its kind, whose id a public parameter of Systems Manager holds.
/// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
struct ImageAlias {
  std::string_view name;
  std::string_view architecture;
  std::string_view parameter;
};

/// Null for one that is not known.
const ImageAlias* find_image_alias(std::string_view name) noexcept;
/// "al2023, al2023-arm64, …"
std::string image_alias_names();

bool is_image_id(std::string_view image) noexcept;

struct FoundImage {
  Image image = {};
  std::string root_device = {};
};

service::Call describe_image(std::string_view id);
/// Nothing where there is none. Errors: `unknown`.
Result<std::optional<FoundImage>> read_image(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::ec2
