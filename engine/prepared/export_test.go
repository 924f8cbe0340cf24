package prepared

import (
	"encoding/binary"
	"hash/crc32"
)

// SealHead gives a changed header its check sum.
func SealHead(file []byte) {
	binary.LittleEndian.PutUint32(file[atHeadSum:], crc32.ChecksumIEEE(file[:atHeadSum]))
}
