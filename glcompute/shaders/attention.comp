#version 430 core
// Causal attention of ROWS queries of one head over the KV cache, reading only the keys that the head may see.
//
// Keys are taken TILE at a time with a running maximum and sum (Milakov & Gimelshein 2018, "Online normalizer
// calculation for softmax"), so shared memory does not grow with the context. A thread first scores some of the
// tile's keys, then sums some of the value's dimensions.
//
// SPARSE == 1: DeepSpeed's fixed pattern (engine/sparse states the rule) of BLOCK tokens, LOCAL blocks a window,
// GLOBAL global blocks a window, PATTERNS patterns. The queries of a work group are consecutive positions of one slot,
// or there is one query only.
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

#define DIMS (HEAD_DIM / 2)
// A thread sums PER pairs of dimensions of every SPLITS-th key.
#if GROUP >= DIMS
#define SPLITS (GROUP / DIMS)
#define PER 1
#else
#define SPLITS 1
#define PER ((DIMS + GROUP - 1) / GROUP)
#endif
#define NEVER -1e30

shared vec4 query[ROWS][HEAD_DIM / 4];
shared float score[ROWS][TILE];
shared uint keyAt[TILE];
shared float reduced[ROWS][GROUP];
shared vec2 summed[ROWS][SPLITS * DIMS];

#if SPARSE == 1
#define WINDOW uint(BLOCK * LOCAL)
#define SEEN uint(BLOCK * GLOBAL) // keys of an earlier window that a query sees

uint globalStart(uint head) { return uint(LOCAL - GLOBAL) * uint(BLOCK) - (head % uint(PATTERNS)) * SEEN; }
#endif

bool allowed(uint head, uint q, uint k) {
#if SPARSE == 1
	return k <= q && (k / WINDOW == q / WINDOW || k % WINDOW - globalStart(head) < SEEN);
#else
	return k <= q;
#endif
}

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

	// The keys to look at: the global blocks of the windows before that of the first query, then all from there on.
	uint slotHead = (info[2u * rowCapacity + rowAt[0]] * heads + head) * capacity;
#if SPARSE == 1
	uint windows = q[0] / WINDOW, early = windows * SEEN, own = windows * WINDOW;
#else
	uint early = 0u, own = 0u;
#endif
	uint count = early + q[ROWS - 1] - own + 1u;

	float top[ROWS], weight[ROWS];
	vec2 sum[ROWS][PER];
	for (int r = 0; r < ROWS; r++) {
		top[r] = NEVER;
		weight[r] = 0.0;
		for (int p = 0; p < PER; p++) sum[r][p] = vec2(0.0);
	}
	for (uint base = 0u; base < count; base += TILE) {
		uint inTile = min(uint(TILE), count - base);
		barrier();
		float best[ROWS];
		for (int r = 0; r < ROWS; r++) best[r] = NEVER;
		for (uint j = thread; j < inTile; j += GROUP) {
			uint n = base + j, k = own + n - early;
#if SPARSE == 1
			if (n < early) k = n / SEEN * WINDOW + globalStart(head) + n % SEEN;
#endif
			keyAt[j] = k;
			float s[ROWS];
			for (int r = 0; r < ROWS; r++) s[r] = 0.0;
			uint at = (slotHead + k) * uint(HEAD_DIM / 4);
			for (uint i = 0u; i < uint(HEAD_DIM / 4); i++) {
				vec4 key = fixedPoint(keys[at + i]);
				for (int r = 0; r < ROWS; r++) s[r] += dot(key, query[r][i]);
			}
			float keyScale = scales[slotHead + k].x;
			for (int r = 0; r < ROWS; r++) {
				s[r] = allowed(head, q[r], k) ? s[r] * keyScale : NEVER;
				score[r][j] = s[r];
				best[r] = max(best[r], s[r]);
			}
		}
		for (int r = 0; r < ROWS; r++) reduced[r][thread] = best[r];
		reduceMax();
		for (int r = 0; r < ROWS; r++) {
			float newTop = max(top[r], reduced[r][0]), keep = exp(top[r] - newTop);
			top[r] = newTop;
			weight[r] *= keep;
			for (int p = 0; p < PER; p++) sum[r][p] *= keep;
		}
		for (uint j = thread; j < inTile; j += GROUP) {
			float valueScale = scales[slotHead + keyAt[j]].y;
			for (int r = 0; r < ROWS; r++) {
				float e = score[r][j] == NEVER ? 0.0 : exp(score[r][j] - top[r]);
				score[r][j] = e * valueScale;
				weight[r] += e;
			}
		}
		barrier();
		if (thread < uint(SPLITS * DIMS) || PER > 1)
			for (uint j = thread / uint(DIMS) * uint(PER == 1 ? 1 : 0); j < inTile; j += uint(SPLITS)) {
				uint at = (slotHead + keyAt[j]) * uint(DIMS);
				for (int p = 0; p < PER; p++) {
					uint d = PER == 1 ? thread % uint(DIMS) : thread + uint(p * GROUP);
					if (d < uint(DIMS)) {
						vec2 value = unpackSnorm2x16(values[at + d]);
						for (int r = 0; r < ROWS; r++) sum[r][p] += score[r][j] * value;
					}
				}
			}
	}
	for (int r = 0; r < ROWS; r++) reduced[r][thread] = weight[r];
	reduceSum();
	// Join the splits and write.
	for (int p = 0; p < PER; p++) {
		uint at = thread + uint(p * GROUP);
		if (at < uint(SPLITS * DIMS))
			for (int r = 0; r < ROWS; r++) summed[r][at] = sum[r][p];
	}
	barrier();
	for (uint d = thread; d < uint(DIMS); d += GROUP)
		for (int r = 0; r < ROWS; r++) {
			if (r0 + uint(r) >= rows) break;
			vec2 v = vec2(0.0);
			for (int s = 0; s < SPLITS; s++) v += summed[r][uint(s * DIMS) + d];
			dst[rowAt[r] * 2u * hidden4 + head * uint(DIMS) + d] = v / reduced[r][0];
		}
}
