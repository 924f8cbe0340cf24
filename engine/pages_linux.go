package engine

import (
	"syscall"
	"unsafe"
)

// largePage is the size of a large page on the processors that this program knows.
const largePage = 2 << 20

// preferLargePages asks the kernel to back memory that nothing was written to yet with large pages. Weights are read from end
// to end for every token; with pages of 4 KiB, looking up addresses costs up to a fifth of the speed. What stands beside the slice on
// its first and last page is included: it may profit, too, and so slices of a quarter of a page are worth the call. Without large pages the call changes nothing, so errors do not
// matter.
func preferLargePages[T any](s []T) {
	var element T
	size := uintptr(len(s)) * unsafe.Sizeof(element)
	if size < largePage/4 {
		return
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	first := start &^ (largePage - 1)
	end := (start + size + largePage - 1) &^ (largePage - 1)
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, first, end-first, syscall.MADV_HUGEPAGE)
}

// releasePages takes the pages of a mapped file out of the process's memory; they stay in the system's as long as it has
// room. Errors do not matter: then the pages stay here, too.
func releasePages(mapping []byte) { _ = syscall.Madvise(mapping, syscall.MADV_DONTNEED) }
