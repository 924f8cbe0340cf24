// Package download fetches the files of a model from a Hugging Face hub, or from a mirror of one, and puts none in its place
// that is not what the hub named:
//
//	id, revision → Hub.Repo: the commit, its files, their sizes and hashes
//	             → Hub.Fetch: several connections → a part file and a journal of its chunks' SHA-256
//	             → the whole file's SHA-256 → fsync → rename
//
// A file is fetched in chunks of 256 KiB. The journal names each chunk that arrived with its hash, so that a download
// goes on after a pause, a kill or a power cut with what is really on the disk; it is kept afterwards, and a file
// damaged later is mended by fetching its damaged chunks alone.
//
// The server is not trusted, nor is the network between: sizes and hashes come from the hub's list at one pinned commit,
// redirects lead only to https, and the token goes to the hub's own host alone. The package knows no catalogue and no
// store of models; app/models does.
package download
