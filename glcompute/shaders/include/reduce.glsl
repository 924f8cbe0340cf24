// Sums and maxima over neighbouring threads of a work group of GROUP: by shuffles where the device has them (SUBGROUP is the
// size of a subgroup, at least 32), else (SUBGROUP 0) through shared memory. Every thread must take part, and gets the result.
// clusterSum and clusterMax are over n threads, a constant power of two and at most a subgroup.
//
// Shuffles, not subgroupAdd: for that NVIDIA's compiler 580 provides for absent threads with a hundred instructions.
#if SUBGROUP > 0
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

float clusterSum(float v, uint n) {
	if (n > 1u) v += subgroupShuffleXor(v, 1u);
	if (n > 2u) v += subgroupShuffleXor(v, 2u);
	if (n > 4u) v += subgroupShuffleXor(v, 4u);
	if (n > 8u) v += subgroupShuffleXor(v, 8u);
	if (n > 16u) v += subgroupShuffleXor(v, 16u);
	if (n > 32u) v += subgroupShuffleXor(v, 32u);
	return v;
}

float clusterMax(float v, uint n) {
	if (n > 1u) v = max(v, subgroupShuffleXor(v, 1u));
	if (n > 2u) v = max(v, subgroupShuffleXor(v, 2u));
	if (n > 4u) v = max(v, subgroupShuffleXor(v, 4u));
	if (n > 8u) v = max(v, subgroupShuffleXor(v, 8u));
	if (n > 16u) v = max(v, subgroupShuffleXor(v, 16u));
	if (n > 32u) v = max(v, subgroupShuffleXor(v, 32u));
	return v;
}

#define SUBGROUPS (GROUP / SUBGROUP) // at most as many as a subgroup has threads
shared float exchange[SUBGROUPS];

// other is what the thread's counterpart among the subgroups has put into exchange, nothing for threads beyond the last.
float other(float v, float nothing) {
	barrier();
	if (gl_SubgroupInvocationID == 0u) exchange[gl_SubgroupID] = v;
	barrier();
	return gl_SubgroupInvocationID < uint(SUBGROUPS) ? exchange[gl_SubgroupInvocationID] : nothing;
}

float groupSum(float v) { return clusterSum(other(clusterSum(v, uint(SUBGROUP)), 0.0), uint(SUBGROUP)); }
float groupMax(float v) { return clusterMax(other(clusterMax(v, uint(SUBGROUP)), -1e38), uint(SUBGROUP)); }
#else
shared float exchange[GROUP];

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

float clusterSum(float v, uint n) { return tree(v, n, true); }
float clusterMax(float v, uint n) { return tree(v, n, false); }
float groupSum(float v) { return tree(v, uint(GROUP), true); }
float groupMax(float v) { return tree(v, uint(GROUP), false); }
#endif
