#include "stream.glsl"
layout(std430, binding = 6) PASSED buffer Q { ivec4 fours[]; }; // the same buffer as stream

// streamFour is numbers 4 v to 4 v + 3: the floats from x on, with what sums added.
vec4 streamFour(uint x, uint sums, uint v) {
	return intBitsToFloat(fours[x / 4u + v])
		+ (vec4(fours[sums / 4u + v]) / COARSE + vec4(fours[(sums + uint(HIDDEN)) / 4u + v]) / FINE);
}

// keepFour writes them down, for the steps to come; a work group does so.
void keepFour(uint x, uint v, vec4 four) { fours[x / 4u + v] = floatBitsToInt(four); }
