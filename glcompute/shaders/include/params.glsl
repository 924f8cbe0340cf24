// Parameters of a dispatch: 16 numbers, named by each shader.
layout(std140, binding = 0) uniform Params { uvec4 params[4]; };
