package cli

import (
	"context"

	"zachin/app/backend"
	"zachin/app/catalog"
	"zachin/app/completions"
	"zachin/engine"
)

// endpointKey is the variable that holds a server's key: on the command line every user of the computer could read it.
const endpointKey = "ZACHIN_ENDPOINT_KEY"

// endpoint holds the flags for a completions server in the device's place.
type endpoint struct {
	Endpoint      string `placeholder:"URL" help:"cli.flag.endpoint"`
	EndpointModel string `placeholder:"NAME" help:"cli.flag.endpoint_model"`
}

// check complains about flags that mean nothing together. given tells whether the work goes to a server.
func (e endpoint) check(s *session, weights precision) (given bool, err error) {
	switch {
	case e.Endpoint == "" && e.EndpointModel != "":
		return false, s.usage("cli.usage.missing_flags", "What", "--endpoint")
	case e.Endpoint == "":
		return false, nil
	case s.Model != catalog.Demo:
		return true, s.usage("cli.usage.together", "One", "--model", "Other", "--endpoint")
	case weights.Quant != nil:
		return true, s.usage("cli.usage.together", "One", "--quant", "Other", "--endpoint")
	}
	return true, nil
}

// dial is a client for the server and the name of its model. It tells where the text is going to go.
func (e endpoint) dial(ctx context.Context, s *session) (*completions.Client, string, error) {
	client, err := completions.NewClient(e.Endpoint, e.EndpointModel, s.Getenv(endpointKey))
	if err != nil {
		return nil, "", err
	}
	model, err := client.Model(ctx)
	if err != nil {
		return nil, "", err
	}
	id := "cli.endpoint.goes_to"
	if client.Plain() {
		id = "cli.endpoint.goes_plain"
	}
	s.note(s.say.T(id, "Host", client.Host(), "Model", model))
	return client, model, nil
}

// withBackend lets do work with the server that the flags name, or else with the model, loaded for it.
func (s *session) withBackend(ctx context.Context, e endpoint, weights precision, do func(backend.Backend) error) error {
	given, err := e.check(s, weights)
	if err != nil {
		return err
	}
	if !given {
		return s.withModel(ctx, weights, func(m *engine.Model) error { return do(backend.Local(m)) })
	}
	client, model, err := e.dial(ctx, s)
	if err != nil {
		return err
	}
	return do(backend.Remote(client, model))
}
