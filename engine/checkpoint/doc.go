// Package checkpoint reads a model's weights from files other people made: the first step of the flow
//
//	download → checkpoint → engine's weights → GPU buffers.
//
// [Open] maps a file into memory and returns its contents as named [Tensor] values that point into the mapping;
// [Resolve] gives these tensors their places in the network of GPT-2 and ruGPT-3 XL, whichever [Layout] names them.
// Nothing is copied before a caller asks for elements, so opening a 2.6 GB file costs a few milliseconds.
//
// Formats: torch.save's ZIP archive (torch 1.6 and later) and its older sequence of pickles, safetensors, either of them
// split into shards by an index file, and GGUF, whose configuration and tokenizer are its [Metadata].
//
// A checkpoint is hostile until proven otherwise. The pickle inside is interpreted symbolically: the only values
// that can come out are plain data, tensors and "something foreign"; there is no code path that calls anything.
// Every size, offset, stride and count is checked against the file before it is used, and the memory that reading
// may take is bounded however the file is made. One risk remains with any mapping: a file that another process
// shortens while it is open ends the program.
package checkpoint
