// Sums and maxima over neighbouring threads: by subgroup operations where the device has them (SUBGROUP is their size,
// at least 32), else (SUBGROUP 0) through shared memory. Every thread of the work group must take part.
#if SUBGROUP > 0
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_clustered : require
#endif
