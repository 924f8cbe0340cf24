// The residual stream of the one row that decoding computes, HIDDEN numbers. Steps of a layer add to it from many work
// groups at once, in no particular order; so that the same text comes out every time, what they add is summed in fixed
// point. Who reads the stream next adds that to the floats before it, and one work group writes them down.
//
// The buffer holds, one after the other: the floats before attention (X_BEFORE), those after it (X_AFTER), and what attention
// (ADDED_BY_ATTENTION) and the MLP (ADDED_BY_MLP) add: HIDDEN coarse parts, then HIDDEN fine ones.
#define X_BEFORE 0
#define X_AFTER HIDDEN
#define ADDED_BY_ATTENTION (2 * HIDDEN)
#define ADDED_BY_MLP (4 * HIDDEN)

layout(std430, binding = 3) PASSED buffer T { int stream[]; };

// Coarse parts are multiples of 1/64, up to 3·10⁷ in all; fine ones of 2⁻³⁰, up to 1/128 each, of which 128 and more find room.
#define COARSE 64.0
#define FINE 1073741824.0

// addTo adds to number i of one of the sums.
void addTo(uint sums, uint i, float v) {
	int coarse = int(roundEven(clamp(v * COARSE, -2e9, 2e9)));
	float left = v - float(coarse) / COARSE;
	atomicAdd(stream[sums + i], coarse);
	atomicAdd(stream[sums + uint(HIDDEN) + i], int(clamp(left, -1.0, 1.0) * FINE));
}

// clear empties sums, which the step after this one adds to; a work group does so.
void clear(uint sums) {
	for (uint i = gl_LocalInvocationID.x; i < uint(2 * HIDDEN); i += uint(GROUP)) stream[sums + i] = 0;
}
