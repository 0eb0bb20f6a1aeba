#pragma once

#include <cstddef>

namespace figureground {

/// The size of an image; pixels are numbered row by row.
struct Size {
  int height;
  int width;

  int pixels() const { return height * width; }
  int at(int y, int x) const { return y * width + x; }
};

}  // namespace figureground
