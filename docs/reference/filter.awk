# What Doxygen reads of a header, line for line:
# - the inline namespace is not for readers, who write cloudkit::Bucket;
# - the comment above the namespace is the header's; without @file Doxygen checks no member of a namespace;
# - a comment after a member ends there, and is not taken for the beginning of the next member's;
# - "a/**/b" in a comment ends none;
# - what means the same wherever it stands needs no comment there.

function note(text) {
  if (!commented) $0 = $0 "  /**< " text " */"
}

/^ *\/\/\/([^<]|$)/ {
  gsub(/\/\*\*\//, "/*\\&#42;/")
  held = held $0 "\n"
  commented = 1
  next
}

/\/\/\/< / {
  sub(/\/\/\/</, "/**<")
  $0 = $0 " */"
}
/^namespace cloudkit::inline v0/ {
  sub(/::inline v0/, "")
  if (!sub(/\n$/, " @file\n", held)) $0 = "/** @file */ " $0
}

/^ +friend bool operator==\(.*\) = default;$/ { note("Whether all members are equal.") }
/^  [A-Za-z]+(& operator=)?\(const [A-Za-z]+&\)( noexcept)?;$/ { note("Copies all of it.") }
/^  [A-Za-z]+(& operator=)?\([A-Za-z]+&&\) noexcept;$/ { note("What was moved from is only assigned to or destroyed.") }
/^ +Context context = \{\};$/ { note("The deadline of the call, and a way to cancel it.") }
/^ +http::RetryOptions retry = \{\};$/ { note("How often and when failed requests are made again.") }
/^ +http::TransportOptions transport = \{\};$/ { note("Timeouts, certificates and proxies of connections.") }

{
  printf "%s%s\n", held, $0
  held = ""
  commented = 0
}

END { printf "%s", held }
