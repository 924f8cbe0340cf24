#version 430 core
// Causal attention of one query a text, on graphics cards: decoding. The work groups of a head share its keys, SPLIT of
// them each, and the last one to finish joins the results (it learns that it is the last from a counter; nobody waits).
// SHARERS neighbouring threads share a key, eight numbers each, so that keys and values are read without gaps.
//
// The key and value of the query's own token come with the query: the work group of the last keys uses them from there,
// and stores them in the cache for the tokens to come. pattern.glsl says which keys it may read.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "chain.glsl"

layout(std430, binding = 0) PASSED readonly buffer Q { vec4 qkv[]; };            // [rows, 3 × hidden / 4]
layout(std430, binding = 1) readonly buffer R { uint info[]; };           // tokens, then positions, then slots
layout(std430, binding = 2) buffer K { uvec4 keys[]; };                   // [slots, heads, capacity, SHARERS]; see store_kv
layout(std430, binding = 3) buffer V { uvec4 values[]; };                 // the same
layout(std430, binding = 4) buffer S { vec2 keyScales[]; };               // [slots, heads, capacity], of key and value
layout(std430, binding = 5) PASSED writeonly buffer D { float dst[]; };          // [rows, hidden]
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

// fetchValues asks for the values of keys base and on of those that the work group reads, the last of cached where there are fewer.
#repeat u UNROLL
uvec4 value@u;
#end

void fetchValues(uint head, uint q, uint slotHead, uint begin, uint base, uint cached) {
#repeat u UNROLL
	uint at@u = slotHead + place(head, q, begin + min(base + uint(@u * AT_ONCE) + gl_LocalInvocationID.x / uint(SHARERS), max(cached, 1u) - 1u));
	value@u = values[at@u * uint(SHARERS) + gl_LocalInvocationID.x % uint(SHARERS)];
#end
}

// join adds up the parts of a head, which begin at part, to dst from to on. Their loads must not wait for one another.
shared vec2 ends[SPLITS]; // each part's maximum and sum of weights

void join(uint to, uint part, uint splits) {
	const uint size = uint(HEAD_DIM + 2);
	for (uint i = gl_LocalInvocationID.x; i < splits; i += uint(GROUP))
		ends[i] = vec2(parts[part + i * size + uint(HEAD_DIM)], parts[part + i * size + uint(HEAD_DIM + 1)]);
	barrier();
	float top = -1e30, all = 0.0;
	for (uint i = 0u; i < splits; i++) top = max(top, ends[i].x);
	for (uint i = 0u; i < splits; i++) all += ends[i].y * exp(ends[i].x - top);
	for (uint d = gl_LocalInvocationID.x; d < uint(HEAD_DIM); d += uint(GROUP)) {
		float v = 0.0;
		for (uint i = 0u; i < splits; i += 8u) {
#repeat n 8
			float v@n = parts[part + min(i + @nu, splits - 1u) * size + d];
#end
#repeat n 8
			if (i + @nu < splits) v += v@n * exp(ends[i + @nu].x - top);
#end
		}
		dst[to + d] = v / all;
	}
}

void compute() {
	awaitLink();
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
#repeat u UNROLL
		uint at@u = slotHead + place(head, q, begin + min(base + uint(@u * AT_ONCE) + cluster, cached - 1u));
		uvec4 key@u = keys[at@u * uint(SHARERS) + lane];
		vec2 by@u = keyScales[at@u];
#end
#repeat u UNROLL
		vec4 a@u, b@u;
		unpack(key@u, a@u, b@u);
		float s@u = clusterSum(dot(a@u, q0) + dot(b@u, q1), uint(SHARERS));
		uint j@u = base + uint(@u * AT_ONCE) + cluster;
		if (lane == 0u && j@u < cached) {
			score[j@u] = s@u * by@u.x;
			valueScale[j@u] = by@u.y;
		}
#end
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
	fetchValues(head, q, slotHead, begin, 0u, cached);
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
		if (base > 0u) fetchValues(head, q, slotHead, begin, base, cached);
#repeat u UNROLL
		uint j@u = base + uint(@u * AT_ONCE) + cluster;
		float e@u = j@u < cached ? score[min(j@u, uint(SPLIT - 1))] : 0.0;
		vec4 a@u, b@u;
		unpack(value@u, a@u, b@u);
		s0 += e@u * a@u;
		s1 += e@u * b@u;
#end
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
	join(to, (r * heads + head) * gl_NumWorkGroups.y * uint(HEAD_DIM + 2), splits);
}

void main() {
	compute();
	endLink();
}
