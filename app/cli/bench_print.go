package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"strings"
	"text/tabwriter"
)

// printBenchmark prints the figures for people.
func printBenchmark(s *session, b benchmark) error {
	number := s.say.Number
	percent := func(share float64) string { return number(100*share, 0) + " %" }
	s.printf("%s\n", s.say.T("cli.bench.device", "Device", b.Device.Name, "API", b.Device.API,
		"Driver", cmp.Or(b.Device.Driver, runtime.GOOS+"/"+runtime.GOARCH)))
	s.printf("%s\n", s.say.T("cli.bench.model", "Model", b.Model, "Quant", b.Quant,
		"Loading", number(b.LoadS, 2), "First", number(b.FirstTokenS, 2), "Memory", number(b.PeakRSSMB, 0)))
	s.printf("%s\n", s.say.T("cli.bench.probe", "Read", number(b.Probe.ReadGBs, 1), "Arithmetic", number(b.Probe.TFLOPs, 3)))

	t := columns{w: tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.row()
	t.row(s.say.T("cli.bench.prefill"), s.say.T("cli.bench.speed"), "TFLOP/s", s.say.T("cli.bench.share_arithmetic"))
	for _, p := range b.Prefill {
		t.row(fmt.Sprint(p.Tokens), number(p.TokS, 1), number(p.TFLOPs, 3), percent(p.Share))
	}
	t.row()
	t.row(s.say.T("cli.bench.depth"), s.say.T("cli.bench.speed"), s.say.T("cli.bench.rate"), s.say.T("cli.bench.share_read"))
	for _, d := range b.Decode {
		t.row(fmt.Sprint(d.Depth), number(d.TokS, 1), number(d.GBs, 1), percent(d.Share))
	}
	if len(b.Kernels) > 0 {
		t.row()
		t.row(s.say.T("cli.bench.phase"), s.say.T("cli.bench.kernel"), s.say.T("cli.bench.calls"), s.say.T("cli.bench.time"))
	}
	for _, k := range b.Kernels {
		t.row(k.Phase, k.Name, fmt.Sprint(k.Calls), number(k.MS, 2))
	}
	return t.w.Flush()
}

// columns lays out rows in columns. Errors of writing come out with Flush.
type columns struct{ w *tabwriter.Writer }

func (t columns) row(cells ...string) {
	line := ""
	if len(cells) > 0 {
		line = strings.Join(cells, "\t") + "\t"
	}
	fmt.Fprintln(t.w, line)
}
