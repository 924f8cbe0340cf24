#version 430 core
// Causal attention of many queries of one head over the KV cache, on graphics cards: prefill. A work group takes 64 queries and
// meets the keys that any of them may see, 64 at a time: the scores of all pairs first, then the values. Both are matrix products whose
// sums stay in registers, a thread's being 8 queries × 4 keys and 8 queries × HEAD_DIM / 16 numbers; between them the maxima and
// sums of the softmax run along (Milakov & Gimelshein 2018; Dao et al. 2022, "FlashAttention").
//
// HEAD_DIM is 64 · EACH, at most 128. The queries are consecutive positions of one slot. pattern.glsl says which keys they may read.
#include "reduce.glsl"
layout(local_size_x = GROUP) in; // 128
#include "params.glsl"

layout(std430, binding = 0) readonly buffer Q { vec4 qkv[]; };     // [rows, 3 × hidden / 4]
layout(std430, binding = 1) readonly buffer R { uint info[]; };    // tokens, then positions, then slots
layout(std430, binding = 2) readonly buffer K { uvec2 keys[]; };   // [slots, heads, capacity, HEAD_DIM / 4]; see store_kv
layout(std430, binding = 3) readonly buffer V { uvec4 values[]; }; // [slots, heads, capacity, HEAD_DIM / 8]
layout(std430, binding = 4) readonly buffer S { vec2 scales[]; };  // [slots, heads, capacity], of key and value
layout(std430, binding = 5) writeonly buffer D { vec4 dst[]; };    // [rows, hidden / 4]

#define rows params[0].x
#define heads params[0].y
#define capacity params[0].z
#define rowCapacity params[0].w
#define firstRow params[1].x // where this dispatch begins

#define TILE 64
#define PIECE 16            // numbers of queries and keys, or values, staged at once
#define FOURS (HEAD_DIM / 4)
#define NEVER -1e30

// Fours of neighbouring queries, then of keys, for each number of a piece; or a piece of values. Four n of number k stands at
// n ^ swizzle(k), which spreads the transposing writes over the memory's banks.
shared vec4 staged[PIECE * 32];
// Weights of the values: for each key fours of queries, four n of key k at n ^ k / 4.
shared vec4 weights[TILE * TILE / 4];

uint swizzle(uint k) { return k / 4u * 2u; }

#include "pattern.glsl"

uint early, own, count;

// looked is the n-th key to look at, the last one where there are fewer.
uint looked(uint head, uint n) { return nthKey(head, early, own, min(n, count - 1u)); }

// What a thread brings: of queries (the first half of the threads) or keys 4 rows × 4 numbers, whose rows begin at row; or eights of
// values, of every 8th key.
#repeat n 4
uint row@n;
vec4 block@n;
#end
#repeat v EACH
uvec4 eight@v;
#end

vec4 fixedPoint(uvec2 h) { return vec4(unpackSnorm2x16(h.x), unpackSnorm2x16(h.y)); }

void fetch(uint piece) {
	uint i = piece * uint(PIECE / 4) + gl_LocalInvocationID.x % 4u;
	if (gl_LocalInvocationID.x < 64u) {
#repeat n 4
		block@n = qkv[row@n + i];
#end
	} else {
#repeat n 4
		block@n = fixedPoint(keys[row@n + i]);
#end
	}
}

void store() {
	uint thread = gl_LocalInvocationID.x, k = thread % 4u * 4u, four = thread % 64u / 4u ^ swizzle(k), side = thread / 64u * 256u;
#repeat n 4
	staged[side + (k + @nu) * 16u + four] = vec4(block0[@n], block1[@n], block2[@n], block3[@n]);
#end
}

void fetchValues(uint head, uint slotHead, uint n) {
	uint thread = gl_LocalInvocationID.x;
#repeat v EACH
	uint e@v = thread + @vu * uint(GROUP);
	eight@v = values[(slotHead + looked(head, n + e@v / uint(HEAD_DIM / 8))) * uint(HEAD_DIM / 8) + e@v % uint(HEAD_DIM / 8)];
#end
}

void storeValues() {
	uint thread = gl_LocalInvocationID.x;
#repeat v EACH
	staged[2u * (thread + @vu * uint(GROUP))] = fixedPoint(eight@v.xy);
	staged[2u * (thread + @vu * uint(GROUP)) + 1u] = fixedPoint(eight@v.zw);
#end
}

// The thread's sums, of queries 4 ty + r and 32 + 4 ty + r (h tells which): scores of keys 4 tx to 4 tx + 3, and numbers 4 tx, 64 + 4 tx … of the
// result.
#repeat h 2
#repeat r 4
vec4 score@h_@r;
float top@h_@r = NEVER, weight@h_@r = 0.0;
#repeat v EACH
vec4 sum@h_@r_@v = vec4(0.0);
#end
#end
#end

void addScores(uint tx, uint ty) {
	for (uint k = 0u; k < uint(PIECE); k += 4u) {
		uint q = ty ^ swizzle(k), o = tx ^ swizzle(k);
#repeat n 4
		{
			vec4 key = staged[256u + (k + @nu) * 16u + o];
#repeat h 2
			vec4 query@h = staged[(k + @nu) * 16u + @hu * 8u + q];
#repeat r 4
			score@h_@r = fma(vec4(query@h[@r]), key, score@h_@r);
#end
#end
		}
#end
	}
}

void addValues(uint tx, uint ty, uint first) {
	for (uint j = 0u; j < uint(PIECE); j++) {
		uint key = first + j, at = key * 16u + (ty ^ key / 4u), other = key * 16u + (8u + ty ^ key / 4u);
		vec4 weight0 = weights[at], weight1 = weights[other];
#repeat v EACH
		vec4 value@v = staged[j * uint(FOURS) + @vu * 16u + tx];
#repeat h 2
#repeat r 4
		sum@h_@r_@v = fma(vec4(weight@h[@r]), value@v, sum@h_@r_@v);
#end
#end
#end
	}
}

void main() {
	uint thread = gl_LocalInvocationID.x, tx = thread % 16u, ty = thread / 16u, head = gl_WorkGroupID.x;
	// Later queries see more. Half of the work groups take theirs in order, half in reverse: processors with two of them do equal work.
	uint turn = gl_WorkGroupID.y, turns = gl_NumWorkGroups.y, middle = (turns + 1u) / 2u;
	uint r0 = firstRow + (turn < middle ? turn : turns - 1u - (turn - middle)) * uint(TILE), last = min(r0 + uint(TILE), rows) - 1u;
	uint hidden4 = heads * uint(FOURS), slotHead = (info[2u * rowCapacity + r0] * heads + head) * capacity;
	uint q0 = info[rowCapacity + r0] + 4u * ty;
	early = earlyKeys(info[rowCapacity + r0]);
	own = ownKeys(info[rowCapacity + r0]);
	count = min(early + info[rowCapacity + last] - own + 1u, capacity); // nonsense must not become an endless loop
	float scale = inversesqrt(float(HEAD_DIM));

	for (uint base = 0u; base < count; base += uint(TILE)) {
		// Keys beyond the last are read as the last one, and never allowed.
		uint mine = thread % 64u / 4u * 4u;
#repeat n 4
		row@n = thread < 64u ? min(r0 + mine + @nu, last) * 3u * hidden4 + head * uint(FOURS) : (slotHead + looked(head, base + mine + @nu)) * uint(FOURS);
		uint key@n = looked(head, base + 4u * tx + @nu);
		vec2 scaleOf@n = scales[slotHead + key@n];
		bool real@n = base + 4u * tx + @nu < count;
#end
		fetch(0u);
#repeat h 2
#repeat r 4
		score@h_@r = vec4(0.0);
#end
#end
		for (uint piece = 0u; piece < uint(HEAD_DIM / PIECE); piece++) {
			barrier();
			store();
			barrier();
			if (piece + 1u < uint(HEAD_DIM / PIECE)) fetch(piece + 1u);
			else fetchValues(head, slotHead, base);
			addScores(tx, ty);
		}
		vec4 byKey = vec4(scaleOf0.x, scaleOf1.x, scaleOf2.x, scaleOf3.x) * scale;
#repeat h 2
#repeat r 4
		{
			uint q = q0 + uint(32 * @h + @r);
			score@h_@r *= byKey;
#repeat n 4
			if (!real@n || !allowed(head, q, key@n)) score@h_@r[@n] = NEVER;
#end
			float best = max(max(score@h_@r.x, score@h_@r.y), max(score@h_@r.z, score@h_@r.w));
			best = max(top@h_@r, clusterMax(best, 16u));
			float keep = exp(top@h_@r - best);
			top@h_@r = best;
			score@h_@r = mix(exp(score@h_@r - best), vec4(0.0), equal(score@h_@r, vec4(NEVER)));
			weight@h_@r = weight@h_@r * keep + dot(score@h_@r, vec4(1.0));
#repeat v EACH
			sum@h_@r_@v *= keep;
#end
		}
#end
#end
		// The scores are free: nobody reads the weights of the last tile any more, since all have met at barriers after that.
#repeat n 4
#repeat h 2
		weights[(4u * tx + @nu) * 16u + (@hu * 8u + ty ^ tx)] = vec4(score@h_0[@n], score@h_1[@n], score@h_2[@n], score@h_3[@n]) * scaleOf@n.y;
#end
#end
		for (uint piece = 0u; piece < uint(TILE / PIECE); piece++) {
			barrier();
			storeValues();
			barrier();
			if (piece + 1u < uint(TILE / PIECE)) fetchValues(head, slotHead, base + (piece + 1u) * uint(PIECE));
			addValues(tx, ty, piece * uint(PIECE));
		}
	}
#repeat h 2
#repeat r 4
	weight@h_@r = clusterSum(weight@h_@r, 16u);
	if (r0 + 4u * ty + uint(32 * @h + @r) <= last) {
#repeat v EACH
		dst[(r0 + 4u * ty + uint(32 * @h + @r)) * hidden4 + head * uint(FOURS) + @vu * 16u + tx] = sum@h_@r_@v / weight@h_@r;
#end
	}
#end
#end
}
