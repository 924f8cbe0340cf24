// A matrix's weights eight at a time, whatever their format.
#include "matrix.glsl"

// eight gives weights 8 i to 8 i + 7 of a row of eights × 8.
void eight(uint row, uint eights, uint i, out vec4 a, out vec4 b) {
#if FORMAT == 0
	uvec4 h = w[at(row, eights, i, 1u)];
	a = lower(h);
	b = upper(h);
#else
	uint block = at(row, eights / 4u, i / 4u, 4u);
#if FORMAT == 1
	uvec4 h = w[2u * block + i / 2u % 2u];
#else
	uvec4 h = w[block] >> 4u * (i / 2u % 2u);
#endif
	uvec2 part = i % 2u == 0u ? h.xy : h.zw;
	vec2 scale = scaleOf(scales[scaleAt(block)], block);
	a = number(part.x) * scale.x + scale.y;
	b = number(part.y) * scale.x + scale.y;
#endif
}
