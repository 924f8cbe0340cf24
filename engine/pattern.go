package engine

import "zachin/engine/sparse"

// PatternOrigin says where a model's attention pattern comes from.
type PatternOrigin uint8

// The origins.
const (
	PatternStated   PatternOrigin = iota // the files say it, or they are the original's
	PatternImplied                       // the layout has dense layers alone, and no word for any other
	PatternLost                          // implied, but the shape is ruGPT-3 XL's: a conversion has lost the pattern
	PatternRestored                      // lost, and put back
)

// PatternChoice says which attention pattern a model is to run with.
type PatternChoice string

// The choices, as the command line spells them. The empty one is PatternAuto.
const (
	PatternAuto PatternChoice = "auto" // as the files say, but put back where it has certainly been lost
	PatternXL   PatternChoice = "xl"   // put back wherever the shape is ruGPT-3 XL's
	PatternFile PatternChoice = "file" // as the files say
)

// restore finds a model of ruGPT-3 XL's shape in a layout that has no place for its pattern, Transformers' GPT-2 or GGUF's
// architecture gpt2, and puts the pattern back: run dense, XL's perplexity is some four times as high. Dense models of
// the same figures exist, such as Cerebras-GPT 1.3B, but none with XL's vocabulary. One that somebody changed leaves a
// doubt, which is the person's to settle.
func (c *Config) restore(choice PatternChoice) {
	const rows = 50264
	xl := c.Layers == 24 && c.Hidden == 2048 && c.Heads == 16 && (c.Positions == 2048 || c.Positions == 8192)
	switch {
	case c.Origin != PatternImplied || !xl:
	case choice == PatternXL, choice != PatternFile && c.Vocab == rows:
		c.Mode, c.Pattern, c.Origin = SparseAlternating, sparse.XL(), PatternRestored
	default:
		c.Origin = PatternLost
	}
}
