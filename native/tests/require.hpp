// What a native test asks for: it ends with a message where that does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace figureground {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

}  // namespace figureground

#define REQUIRE_TEXT(x) #x
#define REQUIRE_LINE(x) REQUIRE_TEXT(x)
#define REQUIRE(condition)                            \
  figureground::require(static_cast<bool>(condition), \
                        __FILE__ ":" REQUIRE_LINE(__LINE__) ": " #condition)
