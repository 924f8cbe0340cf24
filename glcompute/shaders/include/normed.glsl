// Layer normalisation on the way to a matrix, without waiting for it: with mean m and scale s of x, row W of the matrix and
// the norm's gain g and shift b,
//
//	W · (s (x - m) g + b) + bias = s (W · (g x)) - s m (W · g) + (W · b + bias)
//
// so the products can begin before m and s are known. What no input changes stands in fold: HIDDEN gains, then for every output
// W · g and W · b + bias.
layout(std430, binding = 4) readonly buffer F { vec2 fold[]; };

vec4 gainFour(uint v) { return vec4(fold[2u * v], fold[2u * v + 1u]); }
vec2 folded(uint o) { return fold[uint(FOURS * 2) + o]; }

// own are the thread's fours of x.
#repeat i OWN
vec4 own@i;
#end

// Parts of x have a mean and a sum of squares about it; Chan, Golub and LeVeque's formula joins them without cancellation. A part
// is what a subgroup's threads have, or where there are none, a thread.
#if SUBGROUP > 0
#define PARTS SUBGROUPS
#else
#define PARTS GROUP
#endif
shared vec3 moments[PARTS]; // count, mean, squares

void takeMoments() {
	uint thread = gl_LocalInvocationID.x;
	float count = 0.0, mean = 0.0, squares = 0.0;
#repeat i OWN
	if (thread + uint(@i * GROUP) < uint(FOURS)) {
		count += 4.0;
		mean += dot(own@i, vec4(1.0));
	}
#end
#if SUBGROUP > 0
	count = clusterSum(count, uint(SUBGROUP));
	mean = clusterSum(mean, uint(SUBGROUP));
#endif
	mean /= max(count, 1.0);
#repeat i OWN
	if (thread + uint(@i * GROUP) < uint(FOURS)) squares += dot(own@i - mean, own@i - mean);
#end
#if SUBGROUP > 0
	squares = clusterSum(squares, uint(SUBGROUP));
	if (gl_SubgroupInvocationID == 0u) moments[gl_SubgroupID] = vec3(count, mean, squares);
#else
	moments[thread] = vec3(count, mean, squares);
#endif
}

// meanAndScale joins the parts, after a barrier.
vec2 meanAndScale(float epsilon) {
	const float size = float(FOURS * 4);
#if SUBGROUP > 0
	vec3 part = gl_SubgroupInvocationID < uint(PARTS) ? moments[gl_SubgroupInvocationID] : vec3(0.0);
	float mean = clusterSum(part.x * part.y, uint(SUBGROUP)) / size, off = part.y - mean;
	float spread = clusterSum(part.z + part.x * off * off, uint(SUBGROUP));
#else
	float mean = 0.0, spread = 0.0;
	for (int i = 0; i < PARTS; i++) mean += moments[i].x * moments[i].y / size;
	for (int i = 0; i < PARTS; i++) {
		float off = moments[i].y - mean;
		spread += moments[i].z + moments[i].x * off * off;
	}
#endif
	return vec2(mean, inversesqrt(spread / size + epsilon));
}

// normed is the finished output whose product with g x is sum.
float normed(float sum, vec2 meanScale, vec2 folded) { return meanScale.y * (sum - meanScale.x * folded.x) + folded.y; }
