#include <cloudkit/open.h>

#include <iostream>

int main() {
  auto bucket = cloudkit::open_bucket("mem://hello", {.create = true}).value();
  bucket.put("greeting.txt", "hello, cloud").value();
  std::cout << bucket.get("greeting.txt").value().data << '\n';
}
