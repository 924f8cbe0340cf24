#version 430 core
// A linear layer for a few rows, such as the beams of a search, on graphics cards: the weights are read once, and reading them is what takes the time.
// LANES neighbouring threads share one output; each takes every LANES-th piece of eight halves, so that a group of
// them reads memory without gaps.
layout(local_size_x = GROUP) in;
#include "linear.glsl"

shared float partial[ROWS][GROUP];

void main() {
	uint thread = gl_LocalInvocationID.x, lane = thread % LANES;
	uint o = gl_WorkGroupID.x * (GROUP / LANES) + thread / LANES;
	uint r0 = gl_WorkGroupID.y * ROWS;
	float sum[ROWS];
	uint xAt[ROWS];
	for (int r = 0; r < ROWS; r++) {
		sum[r] = 0.0;
		xAt[r] = min(r0 + r, rows - 1u) * in8 * 2u;
	}
	if (o < outputs) {
		for (uint i = lane; i < in8; i += LANES) {
			vec4 a, b;
			eight(firstRow + o, in8, i, a, b);
			for (int r = 0; r < ROWS; r++) sum[r] += dot(a, x[xAt[r] + 2u * i]) + dot(b, x[xAt[r] + 2u * i + 1u]);
		}
	}
	for (int r = 0; r < ROWS; r++) partial[r][thread] = sum[r];
	for (uint n = LANES / 2u; n > 0u; n /= 2u) {
		barrier();
		if (lane < n)
			for (int r = 0; r < ROWS; r++) partial[r][thread] += partial[r][thread + n];
	}
	if (lane != 0u || o >= outputs) return;
	for (int r = 0; r < ROWS; r++)
		if (r0 + r < rows) finish(r0 + r, o, base(r0 + r, o) + partial[r][thread]);
}
