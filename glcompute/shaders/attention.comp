#version 430 core
// Causal attention of ROWS queries of one head over the KV cache, reading only the keys that the head may see.
//
// Keys are taken GROUP × KEYS at a time with a running maximum and sum (Milakov & Gimelshein 2018, "Online normalizer
// calculation for softmax"), so shared memory does not grow with the context. A thread first scores KEYS keys, then sums
// PAIRS pairs of the value's dimensions over some of the keys.
//
// The queries of a work group are consecutive positions of one slot, or there is one query only.
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer Q { vec4 qkv[]; };     // [rows, 3 × hidden / 4]
layout(std430, binding = 1) readonly buffer R { uint info[]; };    // tokens, then positions, then slots
layout(std430, binding = 2) readonly buffer K { uvec2 keys[]; };   // [slots, heads, capacity, HEAD_DIM / 4]; see store_kv
layout(std430, binding = 3) readonly buffer V { uint values[]; };  // [slots, heads, capacity, HEAD_DIM / 2]
layout(std430, binding = 4) readonly buffer S { vec2 scales[]; };  // [slots, heads, capacity], of key and value
layout(std430, binding = 5) writeonly buffer D { vec2 dst[]; };    // [rows, hidden / 2]

#define rows params[0].x
#define heads params[0].y
#define capacity params[0].z
#define rowCapacity params[0].w
#define firstRow params[1].x // where this dispatch begins

#define TILE uint(GROUP * KEYS)
#define DIMS uint(HEAD_DIM / 2)                   // pairs of dimensions
#define PARTS ((HEAD_DIM / 2 + PAIRS - 1) / PAIRS) // threads that share a value
#define SPLITS (GROUP / PARTS)                    // a thread takes every SPLITS-th value
#define NEVER -1e30

shared vec4 query[ROWS][HEAD_DIM / 4];
shared float score[ROWS][GROUP * KEYS];
shared uint keyAt[GROUP * KEYS];
shared float reduced[ROWS][GROUP];
shared vec2 summed[ROWS][SPLITS * HEAD_DIM / 2];

#include "pattern.glsl"

vec4 fixedPoint(uvec2 h) { return vec4(unpackSnorm2x16(h.x), unpackSnorm2x16(h.y)); }

// reduce replaces reduced[r][0] by the maximum or the sum over the threads.
void reduceMax() {
	for (uint n = GROUP / 2u; n > 0u; n /= 2u) {
		barrier();
		if (gl_LocalInvocationID.x < n)
			for (int r = 0; r < ROWS; r++)
				reduced[r][gl_LocalInvocationID.x] = max(reduced[r][gl_LocalInvocationID.x], reduced[r][gl_LocalInvocationID.x + n]);
	}
	barrier();
}

void reduceSum() {
	for (uint n = GROUP / 2u; n > 0u; n /= 2u) {
		barrier();
		if (gl_LocalInvocationID.x < n)
			for (int r = 0; r < ROWS; r++) reduced[r][gl_LocalInvocationID.x] += reduced[r][gl_LocalInvocationID.x + n];
	}
	barrier();
}

void main() {
	uint thread = gl_LocalInvocationID.x, head = gl_WorkGroupID.x, r0 = firstRow + gl_WorkGroupID.y * ROWS;
	uint hidden4 = heads * uint(HEAD_DIM / 4);
	uint rowAt[ROWS], q[ROWS];
	for (int r = 0; r < ROWS; r++) {
		rowAt[r] = min(r0 + uint(r), rows - 1u);
		q[r] = info[rowCapacity + rowAt[r]];
	}
	float scale = inversesqrt(float(HEAD_DIM));
	for (uint i = thread; i < uint(HEAD_DIM / 4); i += GROUP)
		for (int r = 0; r < ROWS; r++) query[r][i] = qkv[rowAt[r] * 3u * hidden4 + head * uint(HEAD_DIM / 4) + i] * scale;

	uint slotHead = (info[2u * rowCapacity + rowAt[0]] * heads + head) * capacity;
	uint early = earlyKeys(q[0]), own = ownKeys(q[0]);
	uint count = min(early + q[ROWS - 1] - own + 1u, capacity); // nonsense must not become an endless loop

	float top[ROWS], weight[ROWS];
	vec2 sum[ROWS][PAIRS];
	for (int r = 0; r < ROWS; r++) {
		top[r] = NEVER;
		weight[r] = 0.0;
		for (int p = 0; p < PAIRS; p++) sum[r][p] = vec2(0.0);
	}
	uint part = thread % uint(PARTS), split = thread / uint(PARTS);
	for (uint base = 0u; base < count; base += TILE) {
		uint inTile = min(TILE, count - base);
		barrier();
		// Scores. Keys beyond the last are read as the last one, and never allowed.
		uint key[KEYS], keyRow[KEYS];
		float s[KEYS][ROWS];
		for (int m = 0; m < KEYS; m++) {
			uint j = thread + uint(m * GROUP), k = nthKey(head, early, own, min(base + j, count - 1u));
			key[m] = k;
			keyAt[j] = k;
			keyRow[m] = (slotHead + k) * uint(HEAD_DIM / 4);
			for (int r = 0; r < ROWS; r++) s[m][r] = 0.0;
		}
		for (uint i = 0u; i < uint(HEAD_DIM / 4); i++) {
			vec4 numbers[KEYS];
			for (int m = 0; m < KEYS; m++) numbers[m] = fixedPoint(keys[keyRow[m] + i]);
			for (int r = 0; r < ROWS; r++) {
				vec4 asked = query[r][i];
				for (int m = 0; m < KEYS; m++) s[m][r] += dot(numbers[m], asked);
			}
		}
		float best[ROWS];
		for (int r = 0; r < ROWS; r++) best[r] = NEVER;
		for (int m = 0; m < KEYS; m++) {
			bool real = thread + uint(m * GROUP) < inTile;
			float scaleOfKey = scales[slotHead + key[m]].x;
			for (int r = 0; r < ROWS; r++) {
				s[m][r] = real && allowed(head, q[r], key[m]) ? s[m][r] * scaleOfKey : NEVER;
				best[r] = max(best[r], s[m][r]);
			}
		}
		for (int r = 0; r < ROWS; r++) reduced[r][thread] = best[r];
		reduceMax();
		for (int r = 0; r < ROWS; r++) {
			float newTop = max(top[r], reduced[r][0]), keep = exp(top[r] - newTop);
			top[r] = newTop;
			weight[r] *= keep;
			for (int p = 0; p < PAIRS; p++) sum[r][p] *= keep;
		}
		for (int m = 0; m < KEYS; m++) {
			float scaleOfValue = scales[slotHead + key[m]].y;
			for (int r = 0; r < ROWS; r++) {
				float e = s[m][r] == NEVER ? 0.0 : exp(s[m][r] - top[r]);
				score[r][thread + uint(m * GROUP)] = e * scaleOfValue;
				weight[r] += e;
			}
		}
		barrier();
		// Values.
		if (split < uint(SPLITS))
			for (uint j = split; j < inTile; j += uint(SPLITS)) {
				uint at = (slotHead + keyAt[j]) * DIMS;
				vec2 numbers[PAIRS];
				for (int p = 0; p < PAIRS; p++) numbers[p] = unpackSnorm2x16(values[at + min(part + uint(p * PARTS), DIMS - 1u)]);
				for (int r = 0; r < ROWS; r++) {
					float e = score[r][j];
					for (int p = 0; p < PAIRS; p++) sum[r][p] += e * numbers[p];
				}
			}
	}
	for (int r = 0; r < ROWS; r++) reduced[r][thread] = weight[r];
	reduceSum();
	// Join the splits and write.
	for (int p = 0; p < PAIRS; p++) {
		uint d = part + uint(p * PARTS);
		if (split < uint(SPLITS) && d < DIMS)
			for (int r = 0; r < ROWS; r++) summed[r][split * DIMS + d] = sum[r][p];
	}
	barrier();
	for (uint d = thread; d < DIMS; d += GROUP)
		for (int r = 0; r < ROWS; r++) {
			if (r0 + uint(r) >= rows) break;
			vec2 v = vec2(0.0);
			for (uint n = 0u; n < uint(SPLITS); n++) v += summed[r][n * DIMS + d];
			dst[rowAt[r] * 2u * hidden4 + head * DIMS + d] = v / reduced[r][0];
		}
}
