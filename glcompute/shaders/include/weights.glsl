// The weights of a linear layer, [outputs, in8 × 8], in one of three formats: FORMAT 0, halves; 1, Q8, and 2, Q4: bytes or
// half bytes in blocks of 32 along a row, a weight being number · scale + minimum. glcompute's Format states the layout.
layout(std430, binding = 0) readonly buffer W { uvec4 w[]; };
#if FORMAT > 0
layout(std430, binding = 7) readonly buffer S { uint scales[]; }; // halves, two a word
#endif

vec4 lower(uvec4 h) { return vec4(unpackHalf2x16(h.x), unpackHalf2x16(h.y)); }
vec4 upper(uvec4 h) { return vec4(unpackHalf2x16(h.z), unpackHalf2x16(h.w)); }

// bytes are the four unsigned numbers of a word.
vec4 bytes(uint v) { return vec4(v & 255u, v >> 8 & 255u, v >> 16 & 255u, v >> 24); }

#if FORMAT == 1
// Signed bytes are read as unsigned ones with 128 added, which the minimum takes back.
vec4 number(uint v) { return bytes(v ^ 0x80808080u); }
uint scaleWord(uint block) { return scales[block / 2u]; }
vec2 scaleOf(uint word, uint block) {
	float scale = unpackHalf2x16(word >> 16u * (block & 1u)).x;
	return vec2(scale, -128.0 * scale);
}
#elif FORMAT == 2
vec4 number(uint v) { return bytes(v & 0x0f0f0f0fu); }
uint scaleWord(uint block) { return scales[block]; }
vec2 scaleOf(uint word, uint block) { return unpackHalf2x16(word); }
#endif

// eight gives weights 8 i to 8 i + 7 of a row of eights × 8.
void eight(uint row, uint eights, uint i, out vec4 a, out vec4 b) {
#if FORMAT == 0
	uvec4 h = w[row * eights + i];
	a = lower(h);
	b = upper(h);
#else
	uint block = row * (eights / 4u) + i / 4u;
#if FORMAT == 1
	uvec4 h = w[2u * block + i / 2u % 2u];
#else
	uvec4 h = w[block] >> 4u * (i / 2u % 2u);
#endif
	uvec2 part = i % 2u == 0u ? h.xy : h.zw;
	vec2 scale = scaleOf(scaleWord(block), block);
	a = number(part.x) * scale.x + scale.y;
	b = number(part.y) * scale.x + scale.y;
#endif
}
