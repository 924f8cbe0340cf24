// Sums and maxima over neighbouring threads of a work group of GROUP: by subgroup operations where the device has them
// (SUBGROUP is their size, at least 32), else (SUBGROUP 0) through shared memory. Every thread must take part, and gets the
// result. clusterSum and clusterMax are over n threads, a constant power of two and at most a subgroup.
#if SUBGROUP > 0
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_clustered : require

#define clusterSum(v, n) subgroupClusteredAdd(v, uint(n))
#define clusterMax(v, n) subgroupClusteredMax(v, uint(n))

shared float exchange[GROUP / SUBGROUP];

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

#define clusterSum(v, n) tree(v, uint(n), true)
#define clusterMax(v, n) tree(v, uint(n), false)
float groupSum(float v) { return tree(v, uint(GROUP), true); }
float groupMax(float v) { return tree(v, uint(GROUP), false); }
#endif
