package charset

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

// FuzzDecode: whatever the bytes, an encoding is found; what passes for sound can be spelled again, and reading in small
// pieces gives the same text.
func FuzzDecode(f *testing.F) {
	for _, e := range All()[1:] {
		data, err := Encode("Жил-был ёж, и звали его Пых.", e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\xff\xfe\x00\xd8"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, used, err := Decode(data, Auto)
		pieces, reading := io.ReadAll(used.NewReader(iotest.OneByteReader(bytes.NewReader(data))))
		if reading != nil || string(pieces) != text {
			t.Fatalf("%s: %q in pieces, %q at once: %v", used, pieces, text, reading)
		}
		if err != nil {
			return
		}
		again, err := Encode(text, used)
		if err != nil {
			t.Fatalf("%s reads %q, and cannot spell it: %v", used, text, err)
		}
		if second, _, err := Decode(again, used); err != nil || second != text {
			t.Fatalf("%s: %q becomes %q, %v", used, text, second, err)
		}
	})
}
