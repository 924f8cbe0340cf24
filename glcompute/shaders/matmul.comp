#version 430 core
// A linear layer for many rows, on graphics cards: a work group of 16 × 16 threads computes 64 rows × 64 outputs, each
// thread 4 × 4 of them, from pieces of 16 inputs staged in shared memory as floats.
#define EDGE 64u
#define PIECE 16u
layout(local_size_x = 256) in;
#include "linear.glsl"

// One column more than needed, so that the transposing writes spread over the memory banks.
shared float xs[PIECE][EDGE + 4u];
shared float ws[PIECE][EDGE + 4u];

void main() {
	uint thread = gl_LocalInvocationID.x;
	uint tx = thread % 16u, ty = thread / 16u;
	uint o0 = gl_WorkGroupID.x * EDGE, r0 = gl_WorkGroupID.y * EDGE;
	vec4 sum[4];
	for (int r = 0; r < 4; r++) sum[r] = vec4(0.0);

	// Loading: four threads bring the 16 inputs of a row, two the 16 weights of an output.
	uint xRow = thread / 4u, xPart = thread % 4u;
	uint xAt = min(r0 + xRow, rows - 1u) * in8 * 2u;
	uint wRow = thread / 2u, wPart = thread % 2u;
	for (uint i = 0u; i < in8; i += 2u) {
		vec4 p = 2u * i + xPart < 2u * in8 ? x[xAt + 2u * i + xPart] : vec4(0.0);
		for (uint k = 0u; k < 4u; k++) xs[4u * xPart + k][xRow] = p[k];
		if (wRow < EDGE) {
			vec4 a = vec4(0.0), b = vec4(0.0);
			if (i + wPart < in8) eight(firstRow + min(o0 + wRow, outputs - 1u), in8, i + wPart, a, b);
			for (uint k = 0u; k < 4u; k++) {
				ws[8u * wPart + k][wRow] = a[k];
				ws[8u * wPart + 4u + k][wRow] = b[k];
			}
		}
		barrier();
		for (uint k = 0u; k < PIECE; k++) {
			vec4 weights = vec4(ws[k][4u * tx], ws[k][4u * tx + 1u], ws[k][4u * tx + 2u], ws[k][4u * tx + 3u]);
			for (uint r = 0u; r < 4u; r++) sum[r] = fma(vec4(xs[k][4u * ty + r]), weights, sum[r]);
		}
		barrier();
	}
	for (uint r = 0u; r < 4u; r++)
		for (uint o = 0u; o < 4u; o++)
			if (r0 + 4u * ty + r < rows && o0 + 4u * tx + o < outputs) finish(r0 + 4u * ty + r, o0 + 4u * tx + o, base(r0 + 4u * ty + r, o0 + 4u * tx + o) + sum[r][o]);
}
