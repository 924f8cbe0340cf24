#version 430 core
// Causal attention of one query a text, on graphics cards: decoding. The work groups of a head share its keys, SPLIT of
// them each, and the last one to finish joins the results (it learns that it is the last from a counter; nobody waits).
// LANES neighbouring threads share a key, eight numbers each, so that keys and values are read without gaps.
//
// The key and value of the query's own token come with the query: the work group of the last keys uses them from there,
// and stores them in the cache for the tokens to come. SPARSE and its figures are those of attention.comp.
#include "subgroup.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer Q { vec4 qkv[]; };            // [rows, 3 × hidden / 4]
layout(std430, binding = 1) readonly buffer R { uint info[]; };           // tokens, then positions, then slots
layout(std430, binding = 2) buffer K { uvec4 keys[]; };          // [slots, heads, capacity, LANES]; see store_kv
layout(std430, binding = 3) buffer V { uvec4 values[]; };        // the same
layout(std430, binding = 4) buffer S { vec2 scales[]; };         // [slots, heads, capacity], of key and value
layout(std430, binding = 5) writeonly buffer D { float dst[]; };          // [rows, hidden]
layout(std430, binding = 6) coherent buffer P { float parts[]; };         // [rows, heads, splits, HEAD_DIM + 2]
layout(std430, binding = 7) coherent buffer C { uint finished[]; };       // [rows, heads], zero between dispatches

#define heads params[0].x
#define capacity params[0].y
#define rowCapacity params[0].z

#define LANES (HEAD_DIM / 8)
#define CLUSTERS (GROUP / LANES) // keys at a time
#define WINDOW uint(BLOCK * LOCAL)
#define SEEN uint(BLOCK * GLOBAL)

shared float score[SPLIT];
shared float valueScale[SPLIT];
shared float exchange[GROUP];
shared vec4 summed[GROUP][2];
shared bool last;

// clusterSum adds over the LANES threads of a key, clusterMax takes their maximum, groupSum and groupMax those of the
// work group.
#if SUBGROUP > 0
float clusterSum(float v) { return subgroupClusteredAdd(v, LANES); }
float clusterMax(float v) { return subgroupClusteredMax(v, LANES); }
float groupSum(float v) {
	v = subgroupAdd(v);
	barrier();
	if (gl_SubgroupInvocationID == 0u) exchange[gl_SubgroupID] = v;
	barrier();
	v = 0.0;
	for (int i = 0; i < GROUP / SUBGROUP; i++) v += exchange[i];
	return v;
}
float groupMax(float v) {
	v = subgroupMax(v);
	barrier();
	if (gl_SubgroupInvocationID == 0u) exchange[gl_SubgroupID] = v;
	barrier();
	for (int i = 0; i < GROUP / SUBGROUP; i++) v = max(v, exchange[i]);
	return v;
}
#else
float tree(float v, uint size, bool sum) {
	uint thread = gl_LocalInvocationID.x, lane = thread % size;
	barrier();
	exchange[thread] = v;
	for (uint n = size / 2u; n > 0u; n /= 2u) {
		barrier();
		if (lane < n) exchange[thread] = sum ? exchange[thread] + exchange[thread + n] : max(exchange[thread], exchange[thread + n]);
	}
	barrier();
	return exchange[thread - lane];
}
float clusterSum(float v) { return tree(v, uint(LANES), true); }
float clusterMax(float v) { return tree(v, uint(LANES), false); }
float groupSum(float v) { return tree(v, uint(GROUP), true); }
float groupMax(float v) { return tree(v, uint(GROUP), false); }
#endif

// place is the position of the n-th key that the head's query at position q may read; count is how many there are.
uint place(uint head, uint q, uint n) {
#if SPARSE == 1
	uint windows = q / WINDOW, early = windows * SEEN;
	uint start = uint(LOCAL - GLOBAL) * uint(BLOCK) - (head % uint(PATTERNS)) * SEEN;
	return n < early ? n / SEEN * WINDOW + start + n % SEEN : windows * WINDOW + n - early;
#else
	return n;
#endif
}

uint count(uint q) {
#if SPARSE == 1
	return q / WINDOW * SEEN + q % WINDOW + 1u;
#else
	return q + 1u;
#endif
}

void unpack(uvec4 v, out vec4 a, out vec4 b) {
	a = vec4(unpackSnorm2x16(v.x), unpackSnorm2x16(v.y));
	b = vec4(unpackSnorm2x16(v.z), unpackSnorm2x16(v.w));
}

uvec4 pack(vec4 a, vec4 b) {
	return uvec4(packSnorm2x16(a.xy), packSnorm2x16(a.zw), packSnorm2x16(b.xy), packSnorm2x16(b.zw));
}

float largest(vec4 a, vec4 b) {
	vec4 m = max(abs(a), abs(b));
	return max(max(m.x, m.y), max(m.z, m.w));
}

// keep stores the token's own key and value at the cache's place at, by one cluster.
void keep(uint at, uint lane, vec4 k0, vec4 k1, vec4 v0, vec4 v1, bool writer) {
	float topKey = clusterMax(largest(k0, k1)), topValue = clusterMax(largest(v0, v1));
	float byKey = topKey > 0.0 ? 1.0 / topKey : 0.0, byValue = topValue > 0.0 ? 1.0 / topValue : 0.0;
	if (writer) {
		keys[at * uint(LANES) + lane] = pack(k0 * byKey, k1 * byKey);
		values[at * uint(LANES) + lane] = pack(v0 * byValue, v1 * byValue);
		if (lane == 0u) scales[at] = vec2(topKey, topValue);
	}
}

void main() {
	uint thread = gl_LocalInvocationID.x, lane = thread % uint(LANES), cluster = thread / uint(LANES);
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
	for (uint base = 0u; base < cached; base += uint(CLUSTERS * UNROLL)) {
		uvec4 key[UNROLL];
		vec2 by[UNROLL];
		for (int u = 0; u < UNROLL; u++) {
			uint at = slotHead + place(head, q, begin + min(base + uint(u * CLUSTERS) + cluster, cached - 1u));
			key[u] = keys[at * uint(LANES) + lane];
			by[u] = scales[at];
		}
		for (int u = 0; u < UNROLL; u++) {
			vec4 a, b;
			unpack(key[u], a, b);
			float s = clusterSum(dot(a, q0) + dot(b, q1));
			uint j = base + uint(u * CLUSTERS) + cluster;
			if (lane == 0u && j < cached) {
				score[j] = s * by[u].x;
				valueScale[j] = by[u].y;
			}
		}
	}
	if (owner) {
		float s = clusterSum(dot(k0, q0) + dot(k1, q1));
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
			value[u] = values[(slotHead + place(head, q, begin + min(uint(u * CLUSTERS) + cluster, cached - 1u))) * uint(LANES) + lane];
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
	for (uint base = 0u; base < cached; base += uint(CLUSTERS * UNROLL)) {
		if (base > 0u)
			for (int u = 0; u < UNROLL; u++)
				value[u] = values[(slotHead + place(head, q, begin + min(base + uint(u * CLUSTERS) + cluster, cached - 1u))) * uint(LANES) + lane];
		for (int u = 0; u < UNROLL; u++) {
			uint j = base + uint(u * CLUSTERS) + cluster;
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
		for (uint c = 0u; c < uint(CLUSTERS); c++) v += summed[c * uint(LANES) + d / 8u][d / 4u % 2u][d % 4u];
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
