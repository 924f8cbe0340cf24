package cli

import (
	"context"
	"encoding/json"

	"zachin/engine"
)

// doctor tells what there is to compute on, and whether it computes right.
type doctor struct{}

// diagnosis is the JSON of doctor.
type diagnosis struct {
	Device     engine.DeviceInfo     `json:"device"`
	Limits     any                   `json:"limits"` // engine.Limits; empty on the processor
	Extensions []string              `json:"extensions"`
	SelfTest   engine.SelfTestResult `json:"self_test"`
}

// Run examines. A failed self-test is a failure of the command too.
func (*doctor) Run(ctx context.Context, s *session) error {
	return s.withModel(ctx, precision{}, func(m *engine.Model) error {
		out := diagnosis{Device: m.Device(), Limits: struct{}{}, Extensions: []string{}}
		if limits, extensions, ok := m.Graphics(); ok {
			out.Limits, out.Extensions = limits, extensions
		}
		s.note(s.say.T("cli.testing"))
		var err error
		if out.SelfTest, err = m.SelfTest(ctx); err != nil {
			return err
		}
		if s.JSON {
			err = s.result(out)
		} else {
			err = printDiagnosis(s, out)
		}
		if err == nil && !out.SelfTest.OK {
			err = s.failure("cli.self_test_failed")
		}
		return err
	})
}

func printDiagnosis(s *session, d diagnosis) error {
	kind := s.say.T("cli.doctor.hardware")
	if d.Device.Software {
		kind = s.say.T("cli.doctor.software")
	}
	limits, err := json.Marshal(d.Limits)
	if err != nil {
		return err
	}
	for _, row := range []struct{ name, value string }{
		{s.say.T("cli.doctor.device"), d.Device.Name},
		{s.say.T("cli.doctor.kind"), kind},
		{s.say.T("cli.doctor.vendor"), d.Device.Vendor},
		{s.say.T("cli.doctor.api"), d.Device.API},
		{s.say.T("cli.doctor.driver"), d.Device.Driver},
		{s.say.T("cli.doctor.limits"), string(limits)},
	} {
		if row.value != "" && row.value != "{}" {
			s.printf("%s: %s\n", row.name, row.value)
		}
	}
	if n := len(d.Extensions); n > 0 {
		s.printf("%s\n", s.say.N("cli.doctor.extensions", n))
	}
	verdict := s.say.T("cli.doctor.ok")
	if !d.SelfTest.OK {
		verdict = s.say.T("cli.doctor.not_ok")
	}
	s.printf("%s\n", s.say.T("cli.doctor.self_test", "Verdict", verdict,
		"Error", s.say.Number(d.SelfTest.MaxRelError, 6), "Allowed", s.say.Number(engine.SelfTestTolerance, 3)))
	return nil
}
