#include "aws/ec2/images.h"

#include "aws/service/reply.h"
#include "core/encode.h"

#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

// Amazon's: https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
// Canonical's: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
// Debian's: https://wiki.debian.org/Cloud/AmazonEC2Image
constexpr ImageAlias kImageAliases[] = {
    {"al2023", "x86_64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"},
    {"al2023-arm64", "arm64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"},
    {"debian-12", "x86_64", "/aws/service/debian/release/12/latest/amd64"},
    {"debian-12-arm64", "arm64", "/aws/service/debian/release/12/latest/arm64"},
    {"debian-13", "x86_64", "/aws/service/debian/release/13/latest/amd64"},
    {"debian-13-arm64", "arm64", "/aws/service/debian/release/13/latest/arm64"},
    {"ubuntu-22.04", "x86_64", "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"},
    {"ubuntu-22.04-arm64", "arm64",
     "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id"},
    {"ubuntu-24.04", "x86_64", "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"},
    {"ubuntu-24.04-arm64", "arm64",
     "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"},
};

}  // namespace

const ImageAlias* find_image_alias(std::string_view name) noexcept {
  for (const ImageAlias& alias : kImageAliases) {
    if (alias.name == name) return &alias;
  }
  return nullptr;
}

std::string image_alias_names() {
  std::string names;
  for (const ImageAlias& alias : kImageAliases) core::append_listed(names, alias.name);
  return names;
}

bool is_image_id(std::string_view image) noexcept { return image.starts_with("ami-"); }

service::Call describe_image(std::string_view id) {
  service::Form form = form_of("DescribeImages");
  form.add("ImageId.1", id);
  return service::question(service::form_call(std::move(form)));
}

Result<std::optional<FoundImage>> read_image(const http::Response& response) {
  const auto document = read_reply(response, "DescribeImages");
  if (!document) return document.error();
  const codec::XmlNode item = document->root().child("imagesSet").first_child();
  if (!item) return std::optional<FoundImage>();
  FoundImage found;
  found.image.id = service::text_of(item.child("imageId"));
  found.image.name = service::text_of(item.child("name"));
  found.image.architecture = service::text_of(item.child("architecture"));
  found.root_device = service::text_of(item.child("rootDeviceName"));
  if (found.image.id.empty()) return service::unexpected_reply("an image has no imageId", response);
  return std::optional(std::move(found));
}

}  // namespace cloudkit::inline v0::aws::ec2
