# Zachin. `make help` lists the targets; `make run` and `make test` set up what they need by themselves.

GO := scripts/go.sh
# One set of flags everywhere: a change of build flags recompiles the GUI toolkit, which takes minutes.
# -buildvcs=false: a checkout that belongs to another user must build too.
BUILD := -buildvcs=false

GOFUMPT     := mvdan.cc/gofumpt@v0.9.2
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Fyne and GLFW are C underneath.
export CGO_ENABLED := 1

.DEFAULT_GOAL := help
.PHONY: help run build test lint bench golden soak debug clients arm windows setup bare clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and open the window; without a display, generate in the terminal
	@scripts/run.sh

build: setup ## build bin/zachin
	$(GO) build $(BUILD) -ldflags '-s -w' -o bin/zachin .

test: setup-test build ## run all tests, on a machine without a GPU too
	$(GO) test $(BUILD) -timeout 60m ./...
	scripts/window-test.sh bin/zachin
	scripts/session-test.sh bin/zachin

lint: setup-lint ## check formatting and run the static analysers
	@scripts/lint.sh $(GOFUMPT) $(STATICCHECK)

bench: setup-test ## run the benchmarks
	$(GO) test $(BUILD) -timeout 0 -run '^$$' -bench . -benchmem ./engine/... ./glcompute/...
	@. scripts/say.sh && say 'Скорость модели на этой машине: make build && bin/zachin bench --synthetic xl (docs/performance.md)' \
		'The speed of a model on this machine: make build && bin/zachin bench --synthetic xl (docs/performance.md)'

golden: setup-test ## compare with the reference outputs only
	$(GO) test $(BUILD) -count 1 -timeout 0 -v -run Golden ./engine/...

soak: setup-test ## run the long tests too: the real shape at full length, 100,000 random events in the window
	$(GO) test $(BUILD) -count 1 -timeout 0 -tags soak ./...
	$(GO) test $(BUILD) -count 1 -timeout 0 -tags soak -race -run TestEventsLong ./ui

debug: setup-test ## run the GPU's tests with an error check after every GL call
	$(GO) test $(BUILD) -count 1 -timeout 60m -tags gldebug ./glcompute/...

clients: build ## drive the local API with OpenAI's official clients, from PyPI and npm
	scripts/clients.sh bin/zachin

arm: setup-arm ## run the tests of arm64's CPU kernels, emulated: a new processor and an old one
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test $(BUILD) -count 1 -exec qemu-aarch64-static ./engine/cpukernel
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test $(BUILD) -count 1 -exec 'qemu-aarch64-static -cpu cortex-a53' ./engine/cpukernel

windows: setup-windows ## cross-compile bin/zachin.exe
	GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc $(GO) build $(BUILD) -ldflags '-s -w' -o bin/zachin.exe .

setup: setup-build ## find Go and install missing system packages (Debian, Ubuntu)

setup-%:
	@$(GO) version
	@scripts/setup.sh $*

bare: ## try `make run` and `make test` in empty Debian 12 and 13 roots (as root, minutes)
	scripts/bare-root.sh bookworm
	scripts/bare-root.sh trixie

clean: ## remove what was built
	rm -rf bin
