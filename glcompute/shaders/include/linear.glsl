// What the kernels of a linear layer have in common: y[r, o] = x[r, :] · w[o, :], then the epilogue.
#include "params.glsl"
#include "eight.glsl"
#include "gelu.glsl"

layout(std430, binding = 1) readonly buffer X { vec4 x[]; };   // [rows, 2 in8]
layout(std430, binding = 2) buffer Y { float y[]; };           // [rows, yStride]
layout(std430, binding = 5) readonly buffer B { float bias[]; };

#define in8 params[0].x         // pieces of eight inputs
#define outputs params[0].y     // to compute here: a shard of the matrix, or a part of one
#define firstRow params[0].z    // row of w where they begin
#define firstOutput params[0].w // number of the first one in y and bias
#define rows params[1].x
#define yStride params[1].y     // floats

// EPILOGUE: 0 nothing, 1 GELU in its tanh form, 2 add to what y holds (the residual stream). BIAS: 1 when there is one.

// base is what output o of row r has before its sum.
float base(uint r, uint o) {
	float v = 0.0;
#if BIAS == 1
	v += bias[firstOutput + o];
#endif
#if EPILOGUE == 2
	v += y[r * yStride + firstOutput + o];
#endif
	return v;
}

// finish stores output o of row r; sum includes the base.
void finish(uint r, uint o, float sum) {
#if EPILOGUE == 1
	sum = gelu(sum);
#endif
	y[r * yStride + firstOutput + o] = sum;
}
