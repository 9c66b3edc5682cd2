# Everything here runs offline once the module cache is filled; .ci/run runs the same targets in order.

GO      ?= go
BENCH   ?= .
COUNT   ?= 5
FUZZFOR ?= 10s

# Tools live in modules of their own, so that their dependencies never meet ours.
BUF  = $(GO) tool -modfile=../.ci/buf/go.mod buf
LINT = $(GO) tool -modfile=.ci/lint/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build test race fuzz bench faults idle generate generate-check proto-lint fmt-check vet lint vuln ci clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build ./bin/byway: static, reproducible, stamped with the commit
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -ldflags='-s -w' -o bin/byway ./cmd/byway

test: ## run all tests, fuzz seeds included
	$(GO) test ./...

race: ## run the short tests under the race detector
	@.ci/race

fuzz: ## fuzz each decoder for FUZZFOR (10s)
	@.ci/fuzz $(FUZZFOR)

bench: ## run the benchmarks that match BENCH, COUNT (5) times each, one package at a time
	$(GO) test -p=1 -run='^$$' -bench='$(BENCH)' -benchmem -count=$(COUNT) ./...
	@$(if $(filter .,$(BENCH)),$(MAKE) idle)

faults: ## break stores and nodes in every way, print what was lost (FULL=1: for hours; ONLY=kill: what matches)
	@.ci/faults

idle: ## print the memory of idle nodes, without peers and with 20 (Linux, a minute; make bench runs it too)
	$(GO) test -tags=idle -run='^$$' -bench=BenchmarkIdle -benchtime=1x ./node

generate: ## generate Go from proto/
	cd proto && $(BUF) generate

generate-check: ## fail when the committed Go differs from what proto/ generates
	@.ci/generate-check

proto-lint: ## lint proto/, refuse changes that break what was released
	@.ci/proto-lint

fmt-check: ## fail when a file isn't as gofmt writes it
	@.ci/fmt-check

vet: ## run go vet
	$(GO) vet ./...

lint: ## run golangci-lint
	$(LINT) run

vuln: ## look for known vulnerabilities in what we call
	@.ci/vuln-check

ci: ## run all that a change has to pass
	@.ci/run

clean: ## remove what the targets here made
	rm -rf bin
