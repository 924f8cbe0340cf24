#version 430 core
// Causal attention of one query a text, on graphics cards: decoding. The work groups of a head share its keys, SPLIT of
// them each, and the last one to finish joins the results (it learns that it is the last from a counter; nobody waits).
// SHARERS neighbouring threads share a key, eight numbers each, so that keys and values are read without gaps.
//
// The key and value of the query's own token come with the query: the work group of the last keys uses them from there,
// and stores them in the cache for the tokens to come. SPARSE and its figures are those of attention.comp.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer Q { vec4 qkv[]; };            // [rows, 3 × hidden / 4]
layout(std430, binding = 1) readonly buffer R { uint info[]; };           // tokens, then positions, then slots
layout(std430, binding = 2) buffer K { uvec4 keys[]; };                   // [slots, heads, capacity, SHARERS]; see store_kv
layout(std430, binding = 3) buffer V { uvec4 values[]; };                 // the same
layout(std430, binding = 4) buffer S { vec2 keyScales[]; };               // [slots, heads, capacity], of key and value
layout(std430, binding = 5) writeonly buffer D { float dst[]; };          // [rows, hidden]
layout(std430, binding = 6) coherent buffer P { float parts[]; };         // [rows, heads, splits, HEAD_DIM + 2]
layout(std430, binding = 7) coherent buffer C { uint finished[]; };       // [rows, heads], zero between dispatches

#define heads params[0].x
#define capacity params[0].y
#define rowCapacity params[0].z

#include "query.glsl"

shared float score[SPLIT];
shared float valueScale[SPLIT];
shared vec4 summed[GROUP][2];
shared bool last;

void main() {
	uint thread = gl_LocalInvocationID.x, lane = thread % uint(SHARERS), cluster = thread / uint(SHARERS);
	uint head = gl_WorkGroupID.x, split = gl_WorkGroupID.y, r = gl_WorkGroupID.z;
	uint heads4 = heads * uint(HEAD_DIM / 4), from = r * 3u * heads4 + head * uint(HEAD_DIM / 4) + 2u * lane;
	vec4 q0 = qkv[from], q1 = qkv[from + 1u];
	vec4 k0 = qkv[from + heads4], k1 = qkv[from + heads4 + 1u];
	vec4 v0 = qkv[from + 2u * heads4], v1 = qkv[from + 2u * heads4 + 1u];
	uint q = info[rowCapacity + r], slotHead = (info[2u * rowCapacity + r] * heads + head) * capacity;
	uint keyCount = min(count(q), capacity), begin = split * uint(SPLIT);
	if (begin >= keyCount) return;
	uint n = min(uint(SPLIT), keyCount - begin), splits = (keyCount + uint(SPLIT) - 1u) / uint(SPLIT);
	bool owner = begin + n == keyCount;
	uint cached = owner ? n - 1u : n; // keys to read from the cache

	// Scores. A cluster beyond the last key reads the last one, to no effect.
	float scale = inversesqrt(float(HEAD_DIM));
	q0 *= scale;
	q1 *= scale;
	for (uint base = 0u; base < cached; base += uint(AT_ONCE * UNROLL)) {
		uvec4 key[UNROLL];
		vec2 by[UNROLL];
		for (int u = 0; u < UNROLL; u++) {
			uint at = slotHead + place(head, q, begin + min(base + uint(u * AT_ONCE) + cluster, cached - 1u));
			key[u] = keys[at * uint(SHARERS) + lane];
			by[u] = keyScales[at];
		}
		for (int u = 0; u < UNROLL; u++) {
			vec4 a, b;
			unpack(key[u], a, b);
			float s = clusterSum(dot(a, q0) + dot(b, q1), uint(SHARERS));
			uint j = base + uint(u * AT_ONCE) + cluster;
			if (lane == 0u && j < cached) {
				score[j] = s * by[u].x;
				valueScale[j] = by[u].y;
			}
		}
	}
	if (owner) {
		float s = clusterSum(dot(k0, q0) + dot(k1, q1), uint(SHARERS));
		if (thread == 0u) {
			score[cached] = s;
			valueScale[cached] = 1.0;
		}
		keep(slotHead + q, lane, k0, k1, v0, v1, cluster == 0u);
	}
	// The first values are under way while the weights are worked out.
	uvec4 value[UNROLL];
	if (cached > 0u)
		for (int u = 0; u < UNROLL; u++)
			value[u] = values[(slotHead + place(head, q, begin + min(uint(u * AT_ONCE) + cluster, cached - 1u))) * uint(SHARERS) + lane];
	barrier();
	float top = -1e30, weight = 0.0;
	for (uint j = thread; j < n; j += GROUP) top = max(top, score[j]);
	top = groupMax(top);
	for (uint j = thread; j < n; j += GROUP) {
		float e = exp(score[j] - top);
		weight += e;
		score[j] = e * valueScale[j];
	}
	weight = groupSum(weight);
	barrier();

	// Values.
	vec4 s0 = vec4(0.0), s1 = vec4(0.0);
	if (owner && cluster == 0u) {
		s0 = score[cached] * v0;
		s1 = score[cached] * v1;
	}
	for (uint base = 0u; base < cached; base += uint(AT_ONCE * UNROLL)) {
		if (base > 0u)
			for (int u = 0; u < UNROLL; u++)
				value[u] = values[(slotHead + place(head, q, begin + min(base + uint(u * AT_ONCE) + cluster, cached - 1u))) * uint(SHARERS) + lane];
		for (int u = 0; u < UNROLL; u++) {
			uint j = base + uint(u * AT_ONCE) + cluster;
			float e = j < cached ? score[min(j, uint(SPLIT - 1))] : 0.0;
			vec4 a, b;
			unpack(value[u], a, b);
			s0 += e * a;
			s1 += e * b;
		}
	}
	summed[thread][0] = s0;
	summed[thread][1] = s1;
	barrier();
	uint to = (r * heads + head) * uint(HEAD_DIM), part = ((r * heads + head) * gl_NumWorkGroups.y + split) * uint(HEAD_DIM + 2);
	for (uint d = thread; d < uint(HEAD_DIM); d += GROUP) {
		float v = 0.0;
		for (uint c = 0u; c < uint(AT_ONCE); c++) v += summed[c * uint(SHARERS) + d / 8u][d / 4u % 2u][d % 4u];
		if (splits == 1u) dst[to + d] = v / weight;
		else parts[part + d] = v;
	}
	if (splits == 1u) return;
	if (thread == 0u) {
		parts[part + uint(HEAD_DIM)] = top;
		parts[part + uint(HEAD_DIM + 1)] = weight;
	}
	memoryBarrierBuffer();
	barrier();
	if (thread == 0u) {
		last = atomicAdd(finished[r * heads + head], 1u) == splits - 1u;
		if (last) finished[r * heads + head] = 0u;
	}
	barrier();
	if (!last) return;
	memoryBarrierBuffer();
	part = (r * heads + head) * gl_NumWorkGroups.y * uint(HEAD_DIM + 2);
	for (uint i = 0u; i < splits; i++) top = max(top, parts[part + i * uint(HEAD_DIM + 2) + uint(HEAD_DIM)]);
	for (uint d = thread; d < uint(HEAD_DIM); d += GROUP) {
		float v = 0.0, all = 0.0;
		for (uint i = 0u; i < splits; i++) {
			uint at = part + i * uint(HEAD_DIM + 2);
			float e = exp(parts[at + uint(HEAD_DIM)] - top);
			v += parts[at + d] * e;
			all += parts[at + uint(HEAD_DIM + 1)] * e;
		}
		dst[to + d] = v / all;
	}
}
