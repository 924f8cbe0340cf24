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

// The thread's inputs; who includes this sets them before addRows.
#repeat k PER_PIECE
vec4 input@k;
#end

// rowOf is the row, of those of a chunk, that a thread takes for load j: such that at the end 32 threads hold neighbours.
uint rowOf(int j) {
	uint thread = gl_LocalInvocationID.x, cluster = thread % uint(WARP) / uint(LANES);
	return thread / uint(WARP) * uint(CLUSTERS * AHEAD) + uint(j / TURN * TURN * CLUSTERS + j % TURN) + cluster * uint(TURN);
}

uint columnBlock(uint row, uint from) { return row * uint(ROW8 / 4) + from / 32u + gl_LocalInvocationID.x % uint(LANES) * uint(FORMAT) / 2u; }

// fetchRowN asks for load N of the columns from on, of rows first to last.
#repeat j AHEAD
uvec4 part@j;
#if FORMAT > 0
uint partScale@j;
#endif

void fetchRow@j(uint from, uint first, uint last) {
	uint row = min(first + rowOf(@j), last);
	part@j = columns[row * uint(ROW8 * 2 / PER_PIECE) + from / uint(4 * PER_PIECE) + gl_LocalInvocationID.x % uint(LANES)];
#if FORMAT > 0
	partScale@j = columnScales[scaleAt(columnBlock(row, from))];
#endif
}
#end

void fetchRows(uint from, uint first, uint last) {
#repeat j AHEAD
	fetchRow@j(from, first, last);
#end
}

// addRows adds to sums of the stream the products of rows first to last with the inputs, whose columns begin at from. fetchRows has
// been called.
void addRows(uint sums, uint from, uint first, uint last) {
	vec4 all = vec4(0.0);
#repeat k PER_PIECE
	all += input@k;
#end
	float total = dot(all, vec4(1.0));
	uint lane = gl_LocalInvocationID.x % uint(LANES);
	for (uint at = first; at <= last; at += uint(CHUNK)) {
#repeat j AHEAD
#if FORMAT == 0
		float sum@j = dot(lower(part@j), input0) + dot(upper(part@j), input1);
#else
		float sum@j = 0.0;
#repeat k PER_PIECE
		sum@j += dot(number(part@j[@k % 4] >> 4 * (@k / 4)), input@k);
#end
		vec2 scale@j = scaleOf(partScale@j, columnBlock(min(at + rowOf(@j), last), from));
		sum@j = sum@j * scale@j.x + total * scale@j.y;
#endif
#end
		if (at + uint(CHUNK) <= last) fetchRows(from, at + uint(CHUNK), last);
		float mine = 0.0;
		uint row = 0u;
#repeat j AHEAD
		sum@j = clusterSum(sum@j, uint(LANES));
		if (lane == uint(@j % TURN)) {
			mine = sum@j;
			row = at + rowOf(@j);
		}
		if (@j % TURN == TURN - 1 && lane < uint(TURN) && row <= last) addTo(sums, row, mine);
#end
	}
}
