package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strings"
)

// Limits on an archive's directory. A fine-tuned XL checkpoint with its optimizer state has about 1,500 records.
const (
	maxRecords    = 1 << 15
	maxRecordName = 256
)

// Sizes and signatures of the archive's structures, from PKWARE's APPNOTE.TXT 6.3.10, section 4.3.
const (
	localSize, localSig           = 30, 0x04034b50
	centralSize, centralSig       = 46, 0x02014b50
	endSize, endSig               = 22, 0x06054b50
	end64Size, end64Sig           = 56, 0x06064b50
	locator64Size, locator64Sig   = 20, 0x07064b50
	zip64ExtraID                  = 1
	flagEncrypted, flagDescriptor = 1, 8
)

// record is one stored file of an archive.
type record struct {
	name  string
	crc   uint32
	start int // of the local header
	data  []byte
}

// check compares the record with its check sum.
func (r record) check() error {
	if sum := crc32.ChecksumIEEE(r.data); sum != r.crc {
		return damaged("record %q has check sum %08x instead of %08x", r.name, sum, r.crc)
	}
	return nil
}

// readZip lists the records, by their place in the file, of an archive that stores them uncompressed, as torch.save does. Unlike archive/zip it
// refuses whatever makes two readers disagree about an archive: duplicate or escaping names, local headers that
// differ from the directory, and records that overlap each other or the directory.
func readZip(file []byte) ([]record, error) {
	dir, start, count, err := zipDirectory(file)
	if err != nil {
		return nil, err
	}
	if count > maxRecords || count > uint64(len(dir)/centralSize) {
		return nil, damaged("the archive claims %d records, more than it can hold", count)
	}
	body := file[:start]
	records := make([]record, 0, count)
	seen := make(map[string]bool, count)
	for range count {
		var r record
		if r, dir, err = readCentral(body, dir); err != nil {
			return nil, err
		}
		if seen[r.name] {
			return nil, damaged("the archive holds %q twice", r.name)
		}
		seen[r.name] = true
		records = append(records, r)
	}
	if len(dir) != 0 {
		return nil, damaged("the archive's directory has %d bytes more than its %d records", len(dir), count)
	}
	return records, disjoint(body, records)
}

// zipDirectory finds the central directory, its offset and its number of entries, through the ZIP64 structures where
// they exist. No comment may follow: torch.save writes none, and a trailer could hide a second directory.
func zipDirectory(file []byte) (dir []byte, start int, count uint64, err error) {
	le := binary.LittleEndian
	end := len(file) - endSize
	if end < 0 || le.Uint32(file[end:]) != endSig || le.Uint16(file[end+20:]) != 0 {
		return nil, 0, 0, damaged("the archive has no end: the file is cut off or is not what torch.save writes")
	}
	disks := uint64(le.Uint32(file[end+4:])) // two 16-bit disk numbers
	here, count := uint64(le.Uint16(file[end+8:])), uint64(le.Uint16(file[end+10:]))
	size, offset := uint64(le.Uint32(file[end+12:])), uint64(le.Uint32(file[end+16:]))

	if at := end - locator64Size; at >= end64Size && le.Uint32(file[at:]) == locator64Sig {
		where := le.Uint64(file[at+8:])
		if where != uint64(at-end64Size) || le.Uint32(file[where:]) != end64Sig {
			return nil, 0, 0, damaged("the archive's ZIP64 end is not where its locator says")
		}
		end = int(where)
		narrow := [4]uint64{here, count, size, offset}
		disks = le.Uint64(file[end+16:])
		here, count = le.Uint64(file[end+24:]), le.Uint64(file[end+32:])
		size, offset = le.Uint64(file[end+40:]), le.Uint64(file[end+48:])
		none := [4]uint64{math.MaxUint16, math.MaxUint16, math.MaxUint32, math.MaxUint32}
		for i, v := range [4]uint64{here, count, size, offset} {
			if narrow[i] != v && narrow[i] != none[i] {
				return nil, 0, 0, damaged("the archive's two ends contradict each other")
			}
		}
	}
	if disks != 0 || here != count {
		return nil, 0, 0, damaged("the archive claims to span several disks")
	}
	if offset > uint64(end) || size != uint64(end)-offset {
		return nil, 0, 0, damaged("the archive's directory (%d bytes at %d) does not end where the archive does", size, offset)
	}
	return file[offset:end], int(offset), count, nil
}

// readCentral reads the first entry of a directory, with its local header in body, and returns the rest of dir.
func readCentral(body, dir []byte) (record, []byte, error) {
	le := binary.LittleEndian
	if len(dir) < centralSize || le.Uint32(dir) != centralSig {
		return record{}, nil, damaged("the archive's directory is broken")
	}
	nameLen, extraLen := int(le.Uint16(dir[28:])), int(le.Uint16(dir[30:]))
	commentLen := int(le.Uint16(dir[32:]))
	if nameLen > maxRecordName || nameLen+extraLen+commentLen > len(dir)-centralSize {
		return record{}, nil, damaged("the archive's directory is broken: a name or extra field is too long")
	}
	head, rest := dir[:centralSize], dir[centralSize+nameLen+extraLen+commentLen:]
	r := record{name: string(dir[centralSize : centralSize+nameLen]), crc: le.Uint32(head[16:])}
	if err := checkRecordName(r.name); err != nil {
		return r, nil, err
	}
	if le.Uint16(head[8:])&flagEncrypted != 0 || le.Uint16(head[10:]) != 0 {
		return r, nil, fault(ErrUnsupported, "record %q is compressed or encrypted; torch.save stores records as they are", r.name)
	}
	wide := []uint64{uint64(le.Uint32(head[24:])), uint64(le.Uint32(head[20:])), uint64(le.Uint32(head[42:]))}
	if !widen(wide, dir[centralSize+nameLen:][:extraLen]) {
		return r, nil, damaged("record %q lacks the ZIP64 sizes it refers to", r.name)
	}
	size, stored, at := wide[0], wide[1], wide[2]
	if size != stored {
		return r, nil, damaged("record %q is stored but claims two sizes, %d and %d", r.name, size, stored)
	}
	return readLocal(body, rest, r, head, size, at)
}

// readLocal checks the local header at offset at against the directory entry and cuts out the record's bytes.
func readLocal(body, rest []byte, r record, central []byte, size, at uint64) (record, []byte, error) {
	le := binary.LittleEndian
	if at > uint64(len(body)) || uint64(len(body))-at < localSize || le.Uint32(body[at:]) != localSig {
		return r, nil, damaged("record %q has no header at offset %d", r.name, at)
	}
	local := body[at:]
	nameLen, extraLen := int(le.Uint16(local[26:])), int(le.Uint16(local[28:]))
	skip := localSize + nameLen + extraLen
	if skip > len(local) || string(local[localSize:][:nameLen]) != r.name {
		return r, nil, damaged("record %q has another name in its own header", r.name)
	}
	if !bytes.Equal(local[6:10], central[8:12]) { // flags and method
		return r, nil, damaged("record %q is described in two ways", r.name)
	}
	wide := []uint64{uint64(le.Uint32(local[22:])), uint64(le.Uint32(local[18:]))}
	crc := le.Uint32(local[14:])
	deferred := le.Uint16(local[6:])&flagDescriptor != 0 && crc == 0 && wide[0] == 0 && wide[1] == 0
	if !deferred && (!widen(wide, local[localSize+nameLen:][:extraLen]) || wide[0] != size || wide[1] != size || crc != r.crc) {
		return r, nil, damaged("record %q is described in two ways", r.name)
	}
	if size > uint64(len(local)-skip) {
		return r, nil, damaged("record %q of %d bytes reaches beyond the archive's data", r.name, size)
	}
	r.start = int(at)
	r.data = local[skip : skip+int(size) : skip+int(size)]
	return r, rest, nil
}

// widen replaces those of the 32-bit fields that are all ones by the ZIP64 extra field's 64-bit ones, in order.
func widen(fields []uint64, extra []byte) bool {
	le := binary.LittleEndian
	var wide []byte
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if n > len(extra)-4 {
			break // padding of fewer bytes than it claims: torch.save's alignment field is exact, but not all are
		}
		if id == zip64ExtraID {
			wide = extra[4 : 4+n]
			break
		}
		extra = extra[4+n:]
	}
	for i, v := range fields {
		if v != math.MaxUint32 {
			continue
		}
		if len(wide) < 8 {
			return false
		}
		fields[i], wide = le.Uint64(wide), wide[8:]
	}
	return true
}

func checkRecordName(name string) error {
	if name == "" || strings.ContainsAny(name, "\\\x00:") || strings.HasPrefix(name, "/") {
		return damaged("the archive holds a record with the unsafe name %q", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." || part == "." || part == "" {
			return damaged("the archive holds a record with the unsafe name %q", name)
		}
	}
	return nil
}

// disjoint sorts records by place and refuses those that share bytes. Gaps are fine: they hold data descriptors.
func disjoint(body []byte, records []record) error {
	slices.SortFunc(records, func(a, b record) int { return cmp.Compare(a.start, b.start) })
	for i, r := range records {
		next := len(body)
		if i+1 < len(records) {
			next = records[i+1].start
		}
		head := localSize + len(r.name) + int(binary.LittleEndian.Uint16(body[r.start+28:]))
		if len(r.data) > next-r.start-head {
			return damaged("record %q overlaps the one after it", r.name)
		}
	}
	return nil
}
