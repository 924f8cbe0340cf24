package checkpoint_test

import (
	"errors"
	"testing"

	"zachin/engine/checkpoint"
)

const demo = "../../assets/demo/mp_rank_00_model_states.pt"

func open(t *testing.T, path string) *checkpoint.File {
	t.Helper()
	f, err := checkpoint.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// The expected sums and elements are torch 2.15's, from torch.load of the same file.
func TestDemoModel(t *testing.T) {
	f := open(t, demo)
	m, err := checkpoint.Resolve(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Layers) != 12 || m.Hidden != 256 || m.Positions != 2048 || m.Vocab != 8192 {
		t.Fatalf("L %d, D %d, C %d, V %d; want 12, 256, 2048, 8192", len(m.Layers), m.Hidden, m.Positions, m.Vocab)
	}
	for _, c := range []struct {
		parts checkpoint.Parts
		first [4]float32
		last  float32
		sum   float64
	}{
		{
			checkpoint.Parts{m.Word},
			[4]float32{0.038726806640625, -0.132080078125, -0.0311431884765625, -0.0947265625},
			0.13623046875, -2721.7804268598557,
		},
		{
			checkpoint.Parts{m.Position},
			[4]float32{-0.069091796875, -0.1373291015625, -0.0184478759765625, 0.3349609375},
			-0.0048980712890625, -38.29734396934509,
		},
		{
			m.Layers[5].QKV.Weight,
			[4]float32{0.019500732421875, 0.0149688720703125, 0.130126953125, 0.08349609375},
			-0.051116943359375, -6.783873617649078,
		},
		{
			m.Layers[11].Down.Bias,
			[4]float32{0.0789794921875, -0.0623779296875, 0.06903076171875, -0.0810546875},
			0.09600830078125, 0.2242431640625,
		},
	} {
		values := make([]float32, c.parts.NumElements())
		c.parts.Floats(values, 0)
		sum := 0.0
		for _, v := range values {
			sum += float64(v)
		}
		if [4]float32(values) != c.first || values[len(values)-1] != c.last || sum-c.sum > 1e-9 || c.sum-sum > 1e-9 {
			t.Errorf("%s: %v … %v, sum %v; want %v … %v, sum %v",
				c.parts[0].Name, values[:4], values[len(values)-1], sum, c.first, c.last, c.sum)
		}
	}
	if err := f.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	path, err := checkpoint.Find("../../assets/demo")
	if err != nil || path != demo {
		t.Errorf("%q, %v; want %q", path, err, demo)
	}
	if _, err := checkpoint.Find(t.TempDir()); !errors.Is(err, checkpoint.ErrNoCheckpoint) {
		t.Errorf("an empty folder: %v", err)
	}
}
