#version 430 core
// A linear layer for software rasterisers: each thread keeps ROWS rows × OUTPUTS outputs in registers and reads memory
// directly. There a load costs as much as several multiplications, wherever it goes, so shared memory gains nothing.
layout(local_size_x = GROUP) in;
#include "linear.glsl"

void main() {
	uint o0 = (gl_WorkGroupID.x * GROUP + gl_LocalInvocationID.x) * OUTPUTS;
	uint r0 = gl_WorkGroupID.y * ROWS;
	if (o0 >= outputs) return;
	float sum[ROWS][OUTPUTS];
	uint wRow[OUTPUTS], xAt[ROWS];
	for (int r = 0; r < ROWS; r++)
		for (int o = 0; o < OUTPUTS; o++) sum[r][o] = 0.0;
	for (int o = 0; o < OUTPUTS; o++) wRow[o] = firstRow + min(o0 + o, outputs - 1u);
	for (int r = 0; r < ROWS; r++) xAt[r] = min(r0 + r, rows - 1u) * in8 * 2u;
	for (uint i = 0u; i < in8; i++) {
		vec4 a[OUTPUTS], b[OUTPUTS];
		for (int o = 0; o < OUTPUTS; o++) eight(wRow[o], in8, i, a[o], b[o]);
		for (int r = 0; r < ROWS; r++) {
			vec4 p = x[xAt[r] + 2u * i], q = x[xAt[r] + 2u * i + 1u];
			for (int o = 0; o < OUTPUTS; o++) sum[r][o] += dot(a[o], p) + dot(b[o], q);
		}
	}
	for (int r = 0; r < ROWS; r++) {
		if (r0 + r >= rows) break;
		for (int o = 0; o < OUTPUTS; o++)
			if (o0 + o < outputs) finish(r0 + r, o0 + o, base(r0 + r, o0 + o) + sum[r][o]);
	}
}
