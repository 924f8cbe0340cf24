#version 430 core
// A linear layer for many rows, on graphics cards: a work group of 16 × 16 threads computes 64 · HALVES rows × 128 outputs, from
// pieces of 16 inputs staged in shared memory as floats. A thread keeps 4 · HALVES × 8 sums in registers and so uses each number that
// it reads 8 times. The next piece is on its way while one is multiplied, and the one after is written beside it.
//
// SPLIT 1: work groups share out the inputs too, the third dimension counting the shares. Each writes its sums as they are to y, which
// then is [shares, rows, outputs of the dispatch]; join.comp does the rest.
layout(local_size_x = 256) in;
#include "linear.glsl"

layout(std430, binding = 4) buffer Z { vec4 y4[]; }; // y in fours, where OUTPUTS4 says that it has no odd rest

#define TILE_ROWS (64 * HALVES)
#define TILE_OUTPUTS 128
#define PIECE 16

// Fours of neighbouring rows of x, or of w, for each input of a piece. Four n of input k stands at n ^ swizzle(k), which spreads the
// transposing writes over the memory's banks.
shared vec4 xs[2][PIECE][TILE_ROWS / 4];
shared vec4 ws[2][PIECE][TILE_OUTPUTS / 4];

uint swizzle(uint k) { return k / 4u * 2u; }

// The thread's sums: row r of half h of the tile's rows, in the left and the right half of its outputs.
#repeat h HALVES
#repeat r 4
vec4 left@h_@r = vec4(0.0), right@h_@r = vec4(0.0);
#end
#end

// Half of the threads bring x, half of them w: 4 rows × 4 inputs each.
vec4 block0, block1, block2, block3;

vec4 fourOf(uint row, uint i) {
	vec4 a, b;
	eight(row, in8, i / 2u, a, b);
	return i % 2u == 0u ? a : b;
}

void fetch(uint piece) {
	uint thread = gl_LocalInvocationID.x % 128u, i = piece * uint(PIECE / 4) + thread % 4u, row = thread / 4u * 4u;
	block0 = block1 = block2 = block3 = vec4(0.0);
	if (i >= 2u * in8) return;
	if (gl_LocalInvocationID.x >= 128u) {
		uint o = gl_WorkGroupID.x * uint(TILE_OUTPUTS) + row, last = outputs - 1u;
#repeat n 4
		block@n = fourOf(firstRow + min(o + @nu, last), i);
#end
	} else if (row < uint(TILE_ROWS)) {
		uint r = gl_WorkGroupID.y * uint(TILE_ROWS) + row, last = rows - 1u;
#repeat n 4
		block@n = x[min(r + @nu, last) * in8 * 2u + i];
#end
	}
}

void store(uint turn) {
	uint thread = gl_LocalInvocationID.x % 128u, k = thread % 4u * 4u, four = thread / 4u, at = four ^ swizzle(k);
	if (gl_LocalInvocationID.x >= 128u) {
#repeat n 4
		ws[turn][k + @nu][at] = vec4(block0[@n], block1[@n], block2[@n], block3[@n]);
#end
	} else if (four < uint(TILE_ROWS / 4)) {
#repeat n 4
		xs[turn][k + @nu][at] = vec4(block0[@n], block1[@n], block2[@n], block3[@n]);
#end
	}
}

void multiply(uint turn) {
	uint tx = gl_LocalInvocationID.x % 16u, ty = gl_LocalInvocationID.x / 16u;
	for (uint k = 0u; k < uint(PIECE); k += 4u) {
		uint o = tx ^ swizzle(k), r = ty ^ swizzle(k);
#repeat n 4
		{
			vec4 w0 = ws[turn][k + @nu][o], w1 = ws[turn][k + @nu][16u + o];
#repeat h HALVES
			vec4 x@h = xs[turn][k + @nu][@hu * 16u + r];
#repeat r 4
			left@h_@r = fma(vec4(x@h[@r]), w0, left@h_@r);
			right@h_@r = fma(vec4(x@h[@r]), w1, right@h_@r);
#end
#end
		}
#end
	}
}

// finishFour stores four neighbouring outputs of a row.
void finishFour(uint r, uint o, vec4 sum) {
	if (r >= rows || o >= outputs) return;
#if SPLIT == 1
	y4[((gl_WorkGroupID.z * rows + r) * outputs + o) / 4u] = sum;
#elif OUTPUTS4 == 1
	uint at = (r * yStride + firstOutput + o) / 4u;
#if BIAS == 1
	uint b = firstOutput + o;
	sum += vec4(bias[b], bias[b + 1u], bias[b + 2u], bias[b + 3u]);
#endif
#if EPILOGUE == 1
	sum = vec4(gelu(sum.x), gelu(sum.y), gelu(sum.z), gelu(sum.w));
#elif EPILOGUE == 2
	sum += y4[at];
#endif
	y4[at] = sum;
#else
	for (uint k = 0u; k < min(4u, outputs - o); k++) finish(r, o + k, base(r, o + k) + sum[k]);
#endif
}

void main() {
	uint pieces = (2u * in8 + uint(PIECE / 4) - 1u) / uint(PIECE / 4), turn = 0u;
	uint share = (pieces + gl_NumWorkGroups.z - 1u) / gl_NumWorkGroups.z, first = gl_WorkGroupID.z * share, end = min(first + share, pieces);
	fetch(first);
	store(0u);
	barrier();
	for (uint piece = first + 1u; piece < end; piece++) {
		fetch(piece);
		multiply(turn);
		turn ^= 1u;
		store(turn);
		barrier();
	}
	multiply(turn);
	uint r = gl_WorkGroupID.y * uint(TILE_ROWS) + gl_LocalInvocationID.x / 16u * 4u;
	uint o = gl_WorkGroupID.x * uint(TILE_OUTPUTS) + gl_LocalInvocationID.x % 16u * 4u;
#repeat h HALVES
#repeat r 4
	finishFour(r + @hu * 64u + @ru, o, left@h_@r);
	finishFour(r + @hu * 64u + @ru, o + 64u, right@h_@r);
#end
#end
}
