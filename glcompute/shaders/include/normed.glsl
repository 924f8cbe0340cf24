// Layer normalisation on the way to a matrix, without waiting for it: with mean m and scale s of x, row W of the matrix and
// the norm's gain g and shift b,
//
//	W · (s (x - m) g + b) + bias = s (W · (g x)) - s m (W · g) + (W · b + bias)
//
// so the products can begin before m and s are known. Sums over rows of the matrix that no input changes stand in fold:
// HIDDEN gains, then for every output W · g, then W · b + bias.
layout(std430, binding = 4) readonly buffer F { vec4 fold[]; };

float foldAt(uint i) { return fold[i / 4u][i % 4u]; }

#if SUBGROUP > 0
#define MOMENTS (GROUP / SUBGROUP)
#else
#define MOMENTS GROUP
#endif
shared vec3 moments[MOMENTS];

// Parts have a count, a sum and a sum of squares about their own mean; Chan, Golub and LeVeque's formula joins them without
// cancellation.
// own are the thread's fours of x, takeMoments puts them into moments.
#repeat i OWN
vec4 own@i;
#end

void takeMoments() {
	uint thread = gl_LocalInvocationID.x;
	vec3 part = vec3(0.0);
#repeat i OWN
	if (thread + uint(@i * GROUP) < uint(FOURS)) part.xy += vec2(4.0, dot(own@i, vec4(1.0)));
#end
	float mean = part.y / max(part.x, 1.0);
#repeat i OWN
	if (thread + uint(@i * GROUP) < uint(FOURS)) part.z += dot(own@i - mean, own@i - mean);
#end
#if SUBGROUP > 0
	vec2 both = subgroupAdd(part.xy);
	float away = mean - both.y / max(both.x, 1.0);
	float squares = subgroupAdd(part.z + part.x * away * away);
	if (gl_SubgroupInvocationID == 0u) moments[gl_SubgroupID] = vec3(both, squares);
#else
	moments[thread] = part;
#endif
}

// meanAndScale joins the parts, after a barrier.
vec2 meanAndScale(float epsilon) {
	float sum = 0.0, spread = 0.0;
	for (int i = 0; i < MOMENTS; i++) sum += moments[i].y;
	float mean = sum / float(FOURS * 4);
	for (int i = 0; i < MOMENTS; i++) {
		float off = moments[i].y / max(moments[i].x, 1.0) - mean;
		spread += moments[i].z + moments[i].x * off * off;
	}
	return vec2(mean, inversesqrt(spread / float(FOURS * 4) + epsilon));
}

// folded is output o's W · g and W · b + bias, of count outputs; normed is the output whose product with g x is sum.
vec2 folded(uint o, uint count) { return vec2(foldAt(uint(FOURS * 4) + o), foldAt(uint(FOURS * 4) + count + o)); }
float normed(float sum, vec2 meanScale, vec2 folded) { return meanScale.y * (sum - meanScale.x * folded.x) + folded.y; }
