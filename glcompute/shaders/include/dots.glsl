// Rows of a matrix times one vector in shared memory, on graphics cards. Reading the weights is what takes the time, so
// memory must never wait. A team of TEAM threads, a subgroup where there are any, takes ROWS rows at once, LOADS pieces a
// thread of each, and asks for a next piece as soon as one is used: memory works while sums are added up, and, since the
// first pieces are asked for before anything else, while the vector is being prepared.
//
// IN8 is the length of a row in eights. Who includes this defines ROW_LIMIT, one more than the last row that may be read.
#include "weights.glsl"

layout(std430, binding = 0) readonly buffer W { uvec4 w[]; };
#if FORMAT > 0
layout(std430, binding = 7) readonly buffer S { uint scales[]; }; // halves, two a word
#endif

#define TEAMS (GROUP / TEAM)
#define FOURS (IN8 * 2)            // the vector in fours
#define OWN ((FOURS + GROUP - 1) / GROUP) // of which a thread brings so many
#define PIECES (FOURS / PER_PIECE) // in a row
#define STEP (TEAM * LOADS)
#define ROUNDS ((PIECES + STEP - 1) / STEP)
#define PLANE (ROUNDS * STEP)

// Four k of the inputs of piece p stands at k · PLANE + p, so that neighbouring threads read neighbours. Beyond the last piece
// there are zeros.
shared vec4 xs[PER_PIECE * PLANE];
#if FORMAT > 0
shared float xSums[PLANE]; // a minimum needs no more of a piece's inputs than their sum
#endif

uvec4 weights[ROWS][LOADS];
#if FORMAT > 0
uint scaleWords[ROWS][LOADS];
uint blockOf(uint row, uint piece) { return row * uint(IN8 / 4) + piece * uint(FORMAT) / 2u; }
#endif

uint rowAt(uint row, int r) { return min(row + uint(r), uint(ROW_LIMIT) - 1u); }

// fetch asks for load p of a round, in row and the next ROWS - 1.
void fetch(uint row, uint round, int p) {
	uint piece = min(gl_LocalInvocationID.x % uint(TEAM) + uint(TEAM) * (round * uint(LOADS) + uint(p)), uint(PIECES - 1));
	for (int r = 0; r < ROWS; r++) {
		weights[r][p] = w[rowAt(row, r) * uint(PIECES) + piece];
#if FORMAT > 0
		scaleWords[r][p] = scales[scaleAt(blockOf(rowAt(row, r), piece))];
#endif
	}
}

// use adds what fetch has brought, times the vector.
void use(inout float sum[ROWS], uint row, uint round, int p) {
	uint at = gl_LocalInvocationID.x % uint(TEAM) + uint(TEAM) * (round * uint(LOADS) + uint(p));
#if FORMAT == 0
	vec4 a = xs[at], b = xs[uint(PLANE) + at];
	for (int r = 0; r < ROWS; r++) sum[r] += dot(lower(weights[r][p]), a) + dot(upper(weights[r][p]), b);
#else
	float dots[ROWS];
	for (int r = 0; r < ROWS; r++) dots[r] = 0.0;
	for (int k = 0; k < 4; k++) {
		vec4 a = xs[uint(k * PLANE) + at];
		for (int r = 0; r < ROWS; r++) dots[r] += dot(number(weights[r][p][k]), a);
	}
#if FORMAT == 2
	for (int k = 0; k < 4; k++) {
		vec4 a = xs[uint((4 + k) * PLANE) + at];
		for (int r = 0; r < ROWS; r++) dots[r] += dot(number(weights[r][p][k] >> 4), a);
	}
#endif
	float inputs = xSums[at];
	for (int r = 0; r < ROWS; r++) {
		vec2 scale = scaleOf(scaleWords[r][p], blockOf(rowAt(row, r), min(at, uint(PIECES - 1))));
		sum[r] += dots[r] * scale.x + inputs * scale.y;
	}
#endif
}

// place puts four v of the vector where use looks for it; placed is to be called by all threads after the last.
void place(uint v, vec4 four) { xs[v % uint(PER_PIECE) * uint(PLANE) + v / uint(PER_PIECE)] = four; }

void placed() {
	uint thread = gl_LocalInvocationID.x;
	for (uint p = uint(PIECES) + thread; p < uint(PLANE); p += GROUP)
		for (int k = 0; k < PER_PIECE; k++) xs[uint(k * PLANE) + p] = vec4(0.0);
	barrier();
#if FORMAT > 0
	for (uint p = thread; p < uint(PLANE); p += GROUP) {
		vec4 sum = vec4(0.0);
		for (int k = 0; k < PER_PIECE; k++) sum += xs[uint(k * PLANE) + p];
		xSums[p] = dot(sum, vec4(1.0));
	}
	barrier();
#endif
}
