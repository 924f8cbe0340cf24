package synth_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/x448/float16"

	"zachin/engine/synth"
)

type reference struct {
	Shape  struct{ L, D, H, C, V int }
	First8 map[string][]float32
	Cases  []struct {
		Seed uint64
		IDs  []int
	}
}

func references(t *testing.T) map[string]reference {
	t.Helper()
	text, err := os.ReadFile("../testdata/golden/synthetic.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]reference
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Fatalf("%d reference shapes, want 3", len(all))
	}
	return all
}

func TestFormula(t *testing.T) {
	for name, want := range references(t) {
		shape, err := synth.ParseShape(name)
		if err != nil {
			t.Fatal(err)
		}
		if shape != (synth.Shape{want.Shape.L, want.Shape.D, want.Shape.H, want.Shape.C, want.Shape.V}) {
			t.Errorf("%s is %v, want %v", name, shape, want.Shape)
		}
		if len(want.First8) == 0 || len(want.Cases) == 0 {
			t.Fatalf("%s has no reference values", name)
		}
		for tensor, values := range want.First8 {
			halves := make([]uint16, len(values))
			if err := synth.Halves(halves, tensor, shape.Hidden, 0); err != nil {
				t.Fatal(err)
			}
			for i, h := range halves {
				if got := float16.Frombits(h).Float32(); got != values[i] {
					t.Errorf("%s: element %d of %s is %v, want %v", name, i, tensor, got, values[i])
				}
			}
		}
		for _, c := range want.Cases {
			if got := synth.CaseIDs(c.Seed, len(c.IDs), shape.Vocab); !slices.Equal(got, c.IDs) {
				t.Errorf("%s: case %d begins %v, want %v", name, c.Seed, got[:1], c.IDs[:1])
			}
		}
	}
}
