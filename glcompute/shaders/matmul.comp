#version 430 core
// A linear layer for many rows, on graphics cards: a work group computes ROWS rows × OUTPUTS outputs, each of its threads 8 × 8
// of them in registers, from pieces of eight inputs staged in shared memory as floats. The next piece is on its way
// from memory while the last one is multiplied.
#define ACROSS (OUTPUTS / 8)
layout(local_size_x = GROUP) in;
#include "linear.glsl"

// Piece k of input, then quarter rows or outputs: a thread's eight are two vec4 half a tile apart, so that neighbouring
// threads read neighbouring memory banks.
shared vec4 xs[2][8][ROWS / 4];
shared vec4 ws[2][8][OUTPUTS / 4];

#define X_LOADS ((ROWS * 2 + GROUP - 1) / GROUP) // vec4 a thread
#define W_LOADS ((OUTPUTS + GROUP - 1) / GROUP)  // uvec4 a thread

vec4 xNext[X_LOADS];
uvec4 wNext[W_LOADS];

// fetch asks for piece i: row n of x has two vec4 of it, row n of w one uvec4.
void fetch(uint r0, uint o0, uint i) {
	for (uint l = 0u; l < uint(X_LOADS); l++) {
		uint n = gl_LocalInvocationID.x + l * uint(GROUP);
		xNext[l] = x[min(r0 + n / 2u, rows - 1u) * in8 * 2u + i * 2u + n % 2u];
	}
	for (uint l = 0u; l < uint(W_LOADS); l++) {
		uint n = min(gl_LocalInvocationID.x + l * uint(GROUP), uint(OUTPUTS - 1));
		wNext[l] = w[(firstRow + min(o0 + n, outputs - 1u)) * in8 + i];
	}
}

// stage puts what was fetched into half b of shared memory.
void stage(uint b) {
	for (uint l = 0u; l < uint(X_LOADS); l++) {
		uint n = gl_LocalInvocationID.x + l * uint(GROUP), row = n / 2u;
		if (row < uint(ROWS))
			for (uint k = 0u; k < 4u; k++) xs[b][n % 2u * 4u + k][row / 4u][row % 4u] = xNext[l][k];
	}
	for (uint l = 0u; l < uint(W_LOADS); l++) {
		uint n = gl_LocalInvocationID.x + l * uint(GROUP);
		if (n < uint(OUTPUTS)) {
			vec4 a = lower(wNext[l]), c = upper(wNext[l]);
			for (uint k = 0u; k < 4u; k++) {
				ws[b][k][n / 4u][n % 4u] = a[k];
				ws[b][4u + k][n / 4u][n % 4u] = c[k];
			}
		}
	}
}

void main() {
	uint tx = gl_LocalInvocationID.x % uint(ACROSS), ty = gl_LocalInvocationID.x / uint(ACROSS);
	uint o0 = gl_WorkGroupID.x * uint(OUTPUTS), r0 = gl_WorkGroupID.y * uint(ROWS);
	vec4 sum[8][2];
	for (int r = 0; r < 8; r++) sum[r][0] = sum[r][1] = vec4(0.0);
	fetch(r0, o0, 0u);
	stage(0u);
	barrier();
	for (uint i = 0u; i < in8; i++) {
		uint b = i & 1u;
		if (i + 1u < in8) fetch(r0, o0, i + 1u);
		for (int k = 0; k < 8; k++) {
			vec4 a0 = xs[b][k][ty], a1 = xs[b][k][ty + uint(ROWS / 8)];
			vec4 w0 = ws[b][k][tx], w1 = ws[b][k][tx + uint(ACROSS)];
			for (int r = 0; r < 4; r++) {
				sum[r][0] = fma(vec4(a0[r]), w0, sum[r][0]);
				sum[r][1] = fma(vec4(a0[r]), w1, sum[r][1]);
				sum[4 + r][0] = fma(vec4(a1[r]), w0, sum[4 + r][0]);
				sum[4 + r][1] = fma(vec4(a1[r]), w1, sum[4 + r][1]);
			}
		}
		if (i + 1u < in8) stage(b ^ 1u);
		barrier();
	}
	for (int r = 0; r < 8; r++) {
		uint row = r0 + uint(r / 4) * uint(ROWS / 2) + ty * 4u + uint(r % 4);
		if (row < rows)
			for (int h = 0; h < 2; h++)
				for (int n = 0; n < 4; n++) {
					uint o = o0 + uint(h) * uint(OUTPUTS / 2) + tx * 4u + uint(n);
					if (o < outputs) finish(row, o, base(row, o) + sum[r][h][n]);
				}
	}
}
