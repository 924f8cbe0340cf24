// A panel of a matrix (see matrix.glsl) times as many numbers, added to the residual stream: what one work group contributes to a product
// whose inputs it alone has. A panel's row is read by LANES neighbouring threads, a piece each, so a thread meets the same
// inputs in every row; AHEAD rows a thread are under way at once.
//
// WIDTH is the panel's columns. Who includes this has weights.glsl, stream.glsl and reduce.glsl. The matrix has HIDDEN rows.
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

// columnPiece is the place of the thread's piece of a panel's row, columnBlock that of its block.
uint columnPiece(uint panel, uint row) { return (panel * uint(HIDDEN) + row) * uint(LANES) + gl_LocalInvocationID.x % uint(LANES); }
uint columnBlock(uint panel, uint row) { return columnPiece(panel, row) * uint(FORMAT) / 2u; }

// fetchRowN asks for load N of a panel's rows first on to last.
#repeat j AHEAD
uvec4 part@j;
#if FORMAT > 0
uint partScale@j;
#endif

void fetchRow@j(uint panel, uint first, uint last) {
	uint row = min(first + rowOf(@j), last);
	part@j = columns[columnPiece(panel, row)];
#if FORMAT > 0
	partScale@j = columnScales[scaleAt(columnBlock(panel, row))];
#endif
}
#end

void fetchRows(uint panel, uint first, uint last) {
#repeat j AHEAD
	fetchRow@j(panel, first, last);
#end
}

// addRows adds to sums of the stream the products of the panel's rows first to last with the inputs. fetchRows has been called.
void addRows(uint sums, uint panel, uint first, uint last) {
	vec4 all = vec4(0.0);
#repeat k PER_PIECE
	all += input@k;
#end
	float total = dot(all, vec4(1.0));
	uint lane = gl_LocalInvocationID.x % uint(LANES);
	for (uint from = first; from <= last; from += uint(CHUNK)) {
#repeat j AHEAD
#if FORMAT == 0
		float sum@j = dot(lower(part@j), input0) + dot(upper(part@j), input1);
#else
		float sum@j = 0.0;
#repeat k PER_PIECE
		sum@j += dot(number(part@j[@k % 4] >> 4 * (@k / 4)), input@k);
#end
		vec2 scale@j = scaleOf(partScale@j, columnBlock(panel, min(from + rowOf(@j), last)));
		sum@j = sum@j * scale@j.x + total * scale@j.y;
#endif
#end
		if (from + uint(CHUNK) <= last) fetchRows(panel, from + uint(CHUNK), last);
		float mine = 0.0;
		uint row = 0u;
#repeat j AHEAD
		sum@j = clusterSum(sum@j, uint(LANES));
		if (lane == uint(@j % TURN)) {
			mine = sum@j;
			row = from + rowOf(@j);
		}
		if (@j % TURN == TURN - 1 && lane < uint(TURN) && row <= last) addTo(sums, row, mine);
#end
	}
}
