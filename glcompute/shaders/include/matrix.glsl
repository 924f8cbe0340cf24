// A matrix of weights in pieces of 16 bytes, its scales apart.
#include "weights.glsl"

layout(std430, binding = 0) readonly buffer W { uvec4 w[]; };
#if FORMAT > 0
layout(std430, binding = 7) readonly buffer S { uint scales[]; }; // halves, two a word
#endif

// A matrix whose PANEL8 is not 0 lies in panels: the first PANEL8 × 8 columns of its PANEL_ROWS rows, then the next. at finds unit i of a row
// of units, a unit being per eights long.
#if PANEL8 > 0
uint at(uint row, uint units, uint i, uint per) {
	uint width = uint(PANEL8) / per;
	return (i / width * uint(PANEL_ROWS) + row) * width + i % width;
}
#else
uint at(uint row, uint units, uint i, uint per) { return row * units + i; }
#endif
