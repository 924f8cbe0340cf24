// Zachin continues Russian text with ruGPT-3 XL, computed by OpenGL compute shaders. Without arguments it opens its window;
// with a command it works in the terminal, where no display is needed.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"zachin/app/cli"
	"zachin/app/i18n"
)

func main() { os.Exit(run()) }

func run() int {
	// The first Ctrl+C asks the work to end, which keeps what there is; the second ends the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)

	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, i18n.New(i18n.Language(os.Getenv)).T("cli.usage.no_command"))
		return 2
	}
	return cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
	})
}
