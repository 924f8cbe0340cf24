#version 430 core
// Causal attention of one query and the linear layer after it, on graphics cards: decoding with few keys to read. A work group
// computes one head's attention, SLICES of them the same, and adds to the residual stream what that head contributes to a
// slice of the linear layer's outputs. Computing attention several times over costs less than a dispatch more, and the linear layer's
// weights arrive meanwhile.
//
// The key and value of the query's own token come with the query; the first slice stores them in the cache for the tokens to
// come. pattern.glsl says which keys it may read.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "chain.glsl"
#include "weights.glsl"
#include "stream.glsl"
#define WIDTH HEAD_DIM
#include "columns.glsl"

layout(std430, binding = 0) PASSED readonly buffer Q { vec4 qkv[]; };      // [3 × HIDDEN / 4]
layout(std430, binding = 4) buffer S { vec2 keyScales[]; };         // [slots, heads, capacity], of key and value
layout(std430, binding = 5) buffer K { uvec4 keys[]; };             // [slots, heads, capacity, SHARERS]; see store_kv
layout(std430, binding = 6) buffer V { uvec4 values[]; };           // the same
layout(std430, binding = 7) readonly buffer R { uint info[]; };     // tokens, then positions, then slots

#define capacity params[0].x
#define rowCapacity params[0].y
#define heads uint(HIDDEN / HEAD_DIM)

#include "query.glsl"

shared float score[MOST_KEYS];
shared vec4 summed[AT_ONCE][HEAD_DIM / 4];
shared vec4 attended[HEAD_DIM / 4];

// fetchValues asks for the values from the base-th on, the first of cached where there are fewer.
#repeat u UNROLL
uvec4 value@u;
float by@u;
#end

void fetchValues(uint head, uint q, uint slotHead, uint base, uint cached) {
#repeat u UNROLL
	uint at@u = slotHead + place(head, q, min(base + uint(@u * AT_ONCE) + gl_LocalInvocationID.x / uint(SHARERS), max(cached, 1u) - 1u));
	value@u = values[at@u * uint(SHARERS) + gl_LocalInvocationID.x % uint(SHARERS)];
	by@u = keyScales[at@u].y;
#end
}

void main() {
	uint thread = gl_LocalInvocationID.x, lane = thread % uint(SHARERS), cluster = thread / uint(SHARERS);
	uint head = gl_WorkGroupID.x, slice = gl_WorkGroupID.y;
	uint first = slice * uint(SLICE), last = min(first + uint(SLICE), uint(HIDDEN)) - 1u;
	uint heads4 = uint(HIDDEN / 4), from = head * uint(HEAD_DIM / 4) + 2u * lane;
	uint q = info[rowCapacity], slotHead = (info[2u * rowCapacity] * heads + head) * capacity;
	fetchRows(head, first, last);
	awaitLink();
	vec4 q0 = qkv[from], q1 = qkv[from + 1u];
	vec4 k0 = qkv[from + heads4], k1 = qkv[from + heads4 + 1u];
	vec4 v0 = qkv[from + 2u * heads4], v1 = qkv[from + 2u * heads4 + 1u];
	if (head == 0u && slice == 0u) clear(uint(ADDED_BY_MLP));
	uint n = min(min(count(q), capacity), uint(MOST_KEYS)), cached = n - 1u; // keys to read from the cache

	// Scores. A cluster beyond the last key reads the last one, to no effect; cached may be 0.
	float scale = inversesqrt(float(HEAD_DIM));
	q0 *= scale;
	q1 *= scale;
	for (uint base = 0u; base < cached; base += uint(AT_ONCE * UNROLL)) {
#repeat u UNROLL
		uint at@u = slotHead + place(head, q, min(base + uint(@u * AT_ONCE) + cluster, cached - 1u));
		uvec4 key@u = keys[at@u * uint(SHARERS) + lane];
		float by@u = keyScales[at@u].x;
#end
#repeat u UNROLL
		vec4 a@u, b@u;
		unpack(key@u, a@u, b@u);
		float s@u = clusterSum(dot(a@u, q0) + dot(b@u, q1), uint(SHARERS));
		if (lane == 0u && base + uint(@u * AT_ONCE) + cluster < cached) score[base + uint(@u * AT_ONCE) + cluster] = s@u * by@u;
#end
	}
	float own = clusterSum(dot(k0, q0) + dot(k1, q1), uint(SHARERS));
	if (thread == 0u) score[cached] = own;
	keep(slotHead + q, lane, k0, k1, v0, v1, slice == 0u && cluster == 0u);
	// The first values are under way while the weights are worked out.
	fetchValues(head, q, slotHead, 0u, cached);
	barrier();
	float top = -1e30, weight = 0.0;
	for (uint j = thread; j < n; j += uint(GROUP)) top = max(top, score[j]);
	top = groupMax(top);
	for (uint j = thread; j < n; j += uint(GROUP)) {
		float e = exp(score[j] - top);
		weight += e;
		score[j] = e;
	}
	weight = groupSum(weight);
	barrier();

	// Values.
	vec4 s0 = vec4(0.0), s1 = vec4(0.0);
	if (cluster == 0u) {
		s0 = score[cached] * v0;
		s1 = score[cached] * v1;
	}
	for (uint base = 0u; base < cached; base += uint(AT_ONCE * UNROLL)) {
		if (base > 0u) fetchValues(head, q, slotHead, base, cached);
#repeat u UNROLL
		uint j@u = base + uint(@u * AT_ONCE) + cluster;
		float e@u = j@u < cached ? score[min(j@u, uint(MOST_KEYS - 1))] * by@u : 0.0;
		vec4 a@u, b@u;
		unpack(value@u, a@u, b@u);
		s0 += e@u * a@u;
		s1 += e@u * b@u;
#end
	}
	summed[cluster][2u * lane] = s0;
	summed[cluster][2u * lane + 1u] = s1;
	barrier();
	for (uint d = thread; d < uint(HEAD_DIM / 4); d += uint(GROUP)) {
		vec4 v = vec4(0.0);
		for (int c = 0; c < AT_ONCE; c++) v += summed[c][d];
		attended[d] = v / weight;
	}
	barrier();
#repeat k PER_PIECE
	input@k = attended[thread % uint(LANES) * uint(PER_PIECE) + @ku];
#end
	addRows(uint(ADDED_BY_ATTENTION), head, first, last);
	endLink();
}
