#include <cloudkit/stack.h>

#include <iostream>

int main() {
  cloudkit::Stack stack("package");
  const auto bucket = stack.bucket({.name = "reports"});
  stack.output("where", bucket.ref("name"));
  const auto json = stack.to_terraform_json("eu-west-1");
  if (!json || json->find("aws_s3_bucket") == std::string::npos) return 1;
  // A reference to nothing is found before any I/O.
  stack.output("nothing", "{{bucket.missing.name}}");
  const auto wrong = stack.check();
  if (wrong || wrong.error().code != cloudkit::ErrorCode::invalid_argument) return 2;
  std::cout << "stack consumer: ok\n";
}
