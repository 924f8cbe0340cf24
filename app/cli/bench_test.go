package cli

import (
	"math"
	"strings"
	"testing"
	"time"

	"zachin/app/i18n"
	"zachin/engine"
)

// smallBench is a call of bench that takes little time.
func smallBench() []string {
	return []string{"bench", "--synthetic", "2,64,4,64,300", "--prefill", "5,33", "--depth", "0,60", "--decode", "4", "--repeat", "2"}
}

// benchFields are the fields of bench, but those of kernels, which not every device has.
func benchFields() map[string]string {
	return map[string]string{
		"":          "decode device first_token_s kernels load_s model peak_rss_mb prefill probe quant",
		"device":    "api driver kind name software vendor",
		"probe":     "fp32_tflops read_gb_s",
		"prefill.0": "share_of_fp32 tflops tok_s tokens",
		"decode.0":  "depth gb_s share_of_read tok_s",
	}
}

// TestBench: the figures of the embedded model are there, and agree with each other.
func TestBench(t *testing.T) {
	for _, device := range []string{"cpu", "gl"} {
		var got benchmark
		answer(t, &got, "bench", "--device", device, "--prefill", "7,40", "--depth", "0,100", "--decode", "3", "--repeat", "1")
		if got.Device.Kind != device || got.Model != "demo" || got.Quant != "f16" {
			t.Errorf("%s: %+v", device, got)
		}
		positive := func(what string, v float64) {
			t.Helper()
			if !(v > 0) || math.IsInf(v, 0) {
				t.Errorf("%s: %s is %g", device, what, v)
			}
		}
		positive("read_gb_s", got.Probe.ReadGBs)
		positive("fp32_tflops", got.Probe.TFLOPs)
		positive("load_s", got.LoadS)
		positive("peak_rss_mb", got.PeakRSSMB)
		positive("first_token_s without load_s", got.FirstTokenS-got.LoadS)
		if len(got.Prefill) != 2 || len(got.Decode) != 2 || got.Prefill[1].Tokens != 40 || got.Decode[1].Depth != 100 {
			t.Fatalf("%s: %+v", device, got)
		}
		for _, p := range got.Prefill {
			positive("tok_s of prefill", p.TokS)
			positive("share_of_fp32", p.Share*got.Probe.TFLOPs/p.TFLOPs)
		}
		for _, d := range got.Decode {
			positive("gb_s", d.GBs)
			// A token reads at least the 23 MB of weights, and little more at such depths.
			if megabytes := 1e3 * d.GBs / d.TokS; megabytes < 23.2 || megabytes > 26 {
				t.Errorf("%s: a token reads %g MB", device, megabytes)
			}
			if math.Abs(d.Share*got.Probe.ReadGBs/d.GBs-1) > 1e-9 {
				t.Errorf("%s: %g GB/s are %g of %g", device, d.GBs, d.Share, got.Probe.ReadGBs)
			}
		}
	}
}

// TestBenchForPeople: the table says the same in words.
func TestBenchForPeople(t *testing.T) {
	b := tabulate(engine.Measurement{
		FirstToken: time.Second,
		Prefill:    []engine.PrefillSpeed{{Speed: engine.Speed{Tokens: 100, Time: 2 * time.Second}, Operations: 1e12}},
		Decode:     []engine.DecodeSpeed{{Speed: engine.Speed{Tokens: 8, Time: 2 * time.Second}, Depth: 1800, Bytes: 24e9}},
		Kernels:    []engine.KernelTime{{Phase: "decode", Name: "matvec", Calls: 97, Time: 1500 * time.Microsecond}},
	}, engine.Probe{ReadGBs: 16, TFLOPs: 2})
	b.Device.Name, b.PeakRSSMB = "Processor", 512
	for locale, want := range map[string]string{
		"en_GB.UTF-8": "Processor|512 MB|reads 16.0 GB/s| 100 50.0 0.500 25 %|1800 4.0 12.0 75 %|decode matvec 97 1.50",
		"ru_RU.UTF-8": "Processor|512 МБ|чтение 16,0 ГБ/с| 100 50,0 0,500 25 %|1800 4,0 12,0 75 %|decode matvec 97 1,50",
	} {
		var text strings.Builder
		s := &session{Env: Env{Stdout: &text}, say: i18n.New(i18n.FromLocale(locale))}
		if err := printBenchmark(s, b); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(text.String()), " ")
		for part := range strings.SplitSeq(want, "|") {
			if !strings.Contains(got, strings.TrimSpace(part)) {
				t.Errorf("%s lacks %q:\n%s", locale, part, text.String())
			}
		}
	}
}
