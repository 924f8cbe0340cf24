// Rows of a matrix times one vector in shared memory, on graphics cards. Reading the weights is what takes the time, so
// memory must never wait. A team of TEAM threads, a subgroup where there are any, takes ROWS rows at once, LOADS pieces a
// thread of each, and asks for a next piece as soon as one is used: memory works while sums are added up, and, since the
// first pieces are asked for before anything else, while the vector is being prepared.
//
// IN8 is the length of a row in eights; OWN fours of the vector fall to a thread. Who includes this defines ROW_LIMIT, one more
// than the last row that may be read.
#include "matrix.glsl"

#define TEAMS (GROUP / TEAM)
#define FOURS (IN8 * 2)            // the vector in fours
#define PIECES (FOURS / PER_PIECE) // in a row
#define STEP (TEAM * LOADS)
#define ROUNDS ((PIECES + STEP - 1) / STEP)
#define PLANE (ROUNDS * STEP)

// Four k of the inputs of piece p stands at k · PLANE + p, so that neighbouring threads read neighbours. Beyond the last piece
// there are zeros.
shared vec4 xs[PER_PIECE * PLANE];
#if FORMAT > 0
shared float xSums[PLANE]; // a minimum needs no more of a piece's inputs than their sum
uint blockOf(uint row, uint piece) { return at(row, uint(IN8 / 4), piece * uint(FORMAT) / 2u, 4u); }
#endif

uint rowAt(uint row, uint r) { return min(row + r, uint(ROW_LIMIT) - 1u); }
uint pieceAt(uint round, uint p) { return gl_LocalInvocationID.x % uint(TEAM) + uint(TEAM) * (round * uint(LOADS) + p); }

#repeat r ROWS
float sum@r;
#end

// fetchN asks for load N of a round, in row and the next ROWS - 1; useN adds it, times the vector, to the sums.
#repeat p LOADS
#repeat r ROWS
uvec4 weights@r_@p;
#if FORMAT > 0
uint scaleWord@r_@p;
#endif
#end

void fetch@p(uint row, uint round) {
	uint piece = min(pieceAt(round, @pu), uint(PIECES - 1));
#repeat r ROWS
	weights@r_@p = w[at(rowAt(row, @ru), uint(PIECES), piece, uint(PER_PIECE / 2))];
#if FORMAT > 0
	scaleWord@r_@p = scales[scaleAt(blockOf(rowAt(row, @ru), piece))];
#endif
#end
}

void use@p(uint row, uint round) {
	uint piece = pieceAt(round, @pu);
#if FORMAT == 0
	vec4 a = xs[piece], b = xs[uint(PLANE) + piece];
#repeat r ROWS
	sum@r += dot(lower(weights@r_@p), a) + dot(upper(weights@r_@p), b);
#end
#else
#repeat r ROWS
	float dots@r = 0.0;
#end
#repeat k PER_PIECE
	vec4 a@k = xs[uint(@k * PLANE) + piece];
#repeat r ROWS
	dots@r += dot(number(weights@r_@p[@k % 4] >> 4 * (@k / 4)), a@k);
#end
#end
	float inputs = xSums[piece];
#repeat r ROWS
	vec2 scale@r = scaleOf(scaleWord@r_@p, blockOf(rowAt(row, @ru), min(piece, uint(PIECES - 1))));
	sum@r += dots@r * scale@r.x + inputs * scale@r.y;
#end
#endif
}
#end

// place puts four v of the vector where use looks for it; placed is to be called by all threads after the last.
void place(uint v, vec4 four) { xs[v % uint(PER_PIECE) * uint(PLANE) + v / uint(PER_PIECE)] = four; }

void placed() {
	uint thread = gl_LocalInvocationID.x;
	for (uint p = uint(PIECES) + thread; p < uint(PLANE); p += uint(GROUP))
		for (int k = 0; k < PER_PIECE; k++) xs[uint(k * PLANE) + p] = vec4(0.0);
	barrier();
#if FORMAT > 0
	for (uint p = thread; p < uint(PLANE); p += uint(GROUP)) {
		vec4 all = vec4(0.0);
		for (int k = 0; k < PER_PIECE; k++) all += xs[uint(k * PLANE) + p];
		xSums[p] = dot(all, vec4(1.0));
	}
	barrier();
#endif
}
