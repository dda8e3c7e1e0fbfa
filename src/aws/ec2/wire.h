#pragma once

#include "aws/service/call.h"
#include "codec/xml.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// EC2's dialect: lists are flat, "InstanceId.1"; in replies each is a set of `item`.
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
namespace cloudkit::inline v0::aws::ec2 {

using Tags = std::map<std::string, std::string>;

service::Form form_of(std::string_view action);

/// "NAME.1=…&NAME.2=…"
void add_list(service::Form& form, std::string_view name, const std::vector<std::string>& values);
/// "PREFIXTag.1.Key=…&PREFIXTag.1.Value=…"
void add_tags(service::Form& form, std::string_view prefix, const Tags& tags);
/// Of what a call creates. Without tags there is none.
void add_tag_specification(service::Form& form, std::string_view resource_type, const Tags& tags);
/// Of a listing, that goes on where the last page ended.
void add_page(service::Form& form, int page_size, std::string_view page_token);

/// "Filter.1.Name=…&Filter.1.Value.1=…", numbered as they come.
class Filters {
 public:
  explicit Filters(service::Form& form) noexcept : form_(form) {}
  /// One of `values` must fit, exactly: the service would take `*` and `?` for more than they are. None: no filter.
  /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
  Filters& add(std::string_view name, const std::vector<std::string>& values);

 private:
  service::Form& form_;
  int count_ = 0;
};

/// The items of a set, in order; of one that is missing or empty none.
void for_each_item(codec::XmlNode set, const std::function<void(codec::XmlNode)>& visit);
/// `tagSet`, as it was sent: a value may begin with a blank.
Tags read_tags(codec::XmlNode owner);
/// Errors: `unknown` for what is not ACTIONResponse.
Result<codec::XmlDocument> read_reply(const http::Response& response, std::string_view action);
/// The same, of a reply that must say `<return>true</return>`.
Result<codec::XmlDocument> read_done(const http::Response& response, std::string_view action);
Status read_return(const http::Response& response, std::string_view action);

}  // namespace cloudkit::inline v0::aws::ec2
