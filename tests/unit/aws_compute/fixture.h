#pragma once

#include "aws/ec2/driver.h"
#include "support/scripted_account.h"

#include <memory>
#include <string>

namespace cloudkit::testing {

/// Machines of an account that is a script.
struct Fixture : ScriptedAccount {
  explicit Fixture(aws::ServiceOptions options = {})
      : ScriptedAccount(std::move(options)), driver(std::make_shared<aws::ec2::Ec2Driver>(account)) {}

  /// EC2 refuses.
  Fixture& refuse(int status, const std::string& code, const std::string& message = "m") {
    then(status, "<Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
                     "</Message></Error></Errors><RequestID>r-1</RequestID></Response>");
    return *this;
  }
  /// `<ACTIONResponse>` with this in it.
  Fixture& answers_to(const std::string& action, const std::string& inside = "<return>true</return>") {
    then(200, xml_reply(action, inside).body);
    return *this;
  }

  static http::Response xml_reply(const std::string& action, const std::string& inside) {
    http::Response response;
    response.status = 200;
    response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + action +
                    "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>" + inside +
                    "</" + action + "Response>";
    return response;
  }

  std::shared_ptr<aws::ec2::Ec2Driver> driver;
};

inline InstanceSpec machine() {
  InstanceSpec spec;
  spec.image = "ami-1";
  spec.type = "t2.micro";
  spec.token = "t-1";
  return spec;
}

inline const std::string kInstanceId = "i-0123456789abcdef0";

/// An element of `instancesSet`.
inline std::string instance_xml(const std::string& state = "running", const std::string& more = {}) {
  return "<item><instanceId>" + kInstanceId +
         "</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>" + state +
         "</name></instanceState><instanceType>t2.micro</instanceType>" + more + "</item>";
}
inline std::string reservations_xml(const std::string& items) {
  return "<reservationSet><item><reservationId>r-1</reservationId><instancesSet>" + items +
         "</instancesSet></item></reservationSet>";
}

}  // namespace cloudkit::testing
