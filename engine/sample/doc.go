// Package sample turns logits into tokens: the last step of the model's flow, after the output head and before the
// tokenizer's decoder.
//
//	logits [rows] -> processors -> greedy choice
//	                            -> warpers -> Softmax -> draw                  (Sampler)
//	log-softmax   -> processors -> best continuations over all beams           (Beams)
//	text          -> StopMatcher -> text that may be shown
//
// Everything follows the meaning of Transformers 5's generate, and its order: repetition penalty, n-gram ban, bad
// words, min length, rows without a token; then, when sampling, temperature, top-k, top-p, min-p, typical-p. A banned
// token has the score -Inf.
//
// The processors and warpers are functions on one row of scores, with no state between calls. The package knows no
// model: it sees logits, token ids and text.
package sample
