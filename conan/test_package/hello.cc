#include <cloudkit/open.h>

#include <iostream>

int main() {
  auto bucket = cloudkit::open_bucket("mem://hello", {.create = true}).value();
  bucket.put("greeting.txt", "hello, Conan").value();
  std::cout << bucket.get("greeting.txt").value().data << '\n';
}
