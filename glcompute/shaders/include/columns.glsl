// Some columns of a matrix times as many numbers, added to the residual stream: what one work group contributes to a product
// whose inputs it alone has. A row's columns are read by LANES neighbouring threads, a piece each, so a thread meets the same
// inputs in every row; AHEAD rows a thread are under way at once.
//
// WIDTH is the number of columns, IN8 the length of a row in eights. Who includes this has weights.glsl, stream.glsl and reduce.glsl.
layout(std430, binding = 1) readonly buffer C { uvec4 columns[]; };
#if FORMAT > 0
layout(std430, binding = 2) readonly buffer D { uint columnScales[]; };
#endif

#define LANES (WIDTH / 4 / PER_PIECE)
#define WARP 32
#define CLUSTERS (WARP / LANES)  // rows that 32 threads read at once
#define TURN (LANES < AHEAD ? LANES : AHEAD) // rows of a cluster that stand side by side
#define CHUNK (GROUP / LANES * AHEAD) // rows that the group has under way

uvec4 parts[AHEAD];
#if FORMAT > 0
uint partScales[AHEAD];
#endif

// rowOf is the row, of those of a chunk, that a thread takes for load j: such that at the end 32 threads hold neighbours.
uint rowOf(int j) {
	uint thread = gl_LocalInvocationID.x, cluster = thread % uint(WARP) / uint(LANES);
	return thread / uint(WARP) * uint(CLUSTERS * AHEAD) + uint(j / TURN * TURN * CLUSTERS + j % TURN) + cluster * uint(TURN);
}

uint columnBlock(uint row, uint from) { return row * uint(ROW8 / 4) + from / 32u + gl_LocalInvocationID.x % uint(LANES) * uint(FORMAT) / 2u; }

// fetchRow asks for load j of the columns from on, of rows first on to last.
void fetchRow(uint from, uint first, uint last, int j) {
	uint row = min(first + rowOf(j), last);
	parts[j] = columns[row * uint(ROW8 * 2 / PER_PIECE) + from / uint(4 * PER_PIECE) + gl_LocalInvocationID.x % uint(LANES)];
#if FORMAT > 0
	partScales[j] = columnScales[scaleAt(columnBlock(row, from))];
#endif
}

// addRows adds to sums of the stream the products of rows first to last with the inputs, whose columns begin at from. fetchRow has
// been called for each j of the first chunk. plus is added to every row by the work group that own says.
void addRows(uint sums, float inputs[4 * PER_PIECE], uint from, uint first, uint last) {
	float total = 0.0;
	for (int i = 0; i < 4 * PER_PIECE; i++) total += inputs[i];
	uint lane = gl_LocalInvocationID.x % uint(LANES);
	for (uint at = first; at <= last; at += uint(CHUNK)) {
		float sum[AHEAD];
		for (int j = 0; j < AHEAD; j++) {
#if FORMAT == 0
			vec4 a = lower(parts[j]), b = upper(parts[j]);
			sum[j] = dot(a, vec4(inputs[0], inputs[1], inputs[2], inputs[3])) + dot(b, vec4(inputs[4], inputs[5], inputs[6], inputs[7]));
#else
			float s = 0.0;
			for (int k = 0; k < PER_PIECE; k++) {
				vec4 a = vec4(inputs[4 * k], inputs[4 * k + 1], inputs[4 * k + 2], inputs[4 * k + 3]);
				s += dot(number(parts[j][k % 4] >> 4 * (k / 4)), a);
			}
			vec2 scale = scaleOf(partScales[j], columnBlock(min(at + rowOf(j), last), from));
			sum[j] = s * scale.x + total * scale.y;
#endif
			if (at + uint(CHUNK) <= last) fetchRow(from, at + uint(CHUNK), last, j);
		}
		for (int j = 0; j < AHEAD; j++) sum[j] = clusterSum(sum[j], LANES);
		for (int e = 0; e < AHEAD / TURN; e++) {
			float mine = 0.0;
			uint row = 0u;
			for (int j = e * TURN; j < (e + 1) * TURN; j++)
				if (lane == uint(j % TURN)) {
					mine = sum[j];
					row = at + rowOf(j);
				}
			if (lane < uint(TURN) && row <= last) addTo(sums, row, mine);
		}
	}
}
