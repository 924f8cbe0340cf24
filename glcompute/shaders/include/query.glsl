// One query of one head over the KV cache: which keys it may read, and the numbers' format. SHARERS neighbouring threads share a
// key or value, eight numbers each, so that they are read without gaps. Who includes this has keys, values and keyScales bound.
#include "pattern.glsl"

#define SHARERS (HEAD_DIM / 8)
#define AT_ONCE (GROUP / SHARERS) // keys

// place is the position of the n-th key that the head's query at position q may read; count is how many there are.
uint place(uint head, uint q, uint n) { return nthKey(head, earlyKeys(q), ownKeys(q), n); }

uint count(uint q) { return earlyKeys(q) + q - ownKeys(q) + 1u; }

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
	float topKey = clusterMax(largest(k0, k1), uint(SHARERS)), topValue = clusterMax(largest(v0, v1), uint(SHARERS));
	float byKey = topKey > 0.0 ? 1.0 / topKey : 0.0, byValue = topValue > 0.0 ? 1.0 / topValue : 0.0;
	if (writer) {
		keys[at * uint(SHARERS) + lane] = pack(k0 * byKey, k1 * byKey);
		values[at * uint(SHARERS) + lane] = pack(v0 * byValue, v1 * byValue);
		if (lane == 0u) keyScales[at] = vec2(topKey, topValue);
	}
}
