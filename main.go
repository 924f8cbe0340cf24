// Zachin continues Russian text with ruGPT-3 XL, computed by OpenGL compute shaders. Without arguments it opens its window;
// with a command it works in the terminal, where no display is needed.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"zachin/app"
	"zachin/app/cli"
	"zachin/app/models"
	"zachin/ui"
)

func main() { os.Exit(run()) }

func run() int {
	// The first Ctrl+C asks the work to end, which keeps what there is; the second ends the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	if len(os.Args) < 2 {
		return window(ctx)
	}
	return cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Cache: app.DefaultFolders().Cache,
	})
}

// window opens the window, and returns when it has been closed.
func window(ctx context.Context) int {
	if err := ui.Run(ctx, app.New(ctx, app.DefaultFolders(), models.Open(models.FromEnvironment(os.Getenv)), app.LoadModel)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
