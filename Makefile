# The doors to this project. Each says in one line what it does; `make` alone
# lists them. All real work stands in cargo, npm and scripts/.

DATA ?= ./data

.PHONY: help build web demo test bench fmt lint gen clean

help: ## Lists these doors
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

web: ## Builds the web pages that the binary carries
	cd web && npm ci --no-audit --no-fund && npm run build

build: ## Builds the whole product: target/release/callyard
	scripts/install-build-tools.sh
	$(MAKE) web
	cargo build --release --locked --package server

demo: build ## Builds, then starts the demo (DATA=./data)
	target/release/callyard serve --demo --data $(DATA)

test: ## Installs what the tests need, then runs every check and test
	scripts/install-build-tools.sh
	scripts/install-test-tools.sh
	cargo xtask ci

bench: ## Runs the benchmarks and prints one table
	scripts/install-build-tools.sh
	cargo xtask bench

fmt: ## Formats the Rust code
	cargo fmt --all

lint: ## Lints Rust and TypeScript, then checks the house rules
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	cargo xtask tidy
	cd web && npm run lint && npm run typecheck

gen: ## Writes the pages and types that are generated from code
	cargo xtask gen

clean: ## Removes what was built
	rm -rf target web/node_modules web/*/dist tests/e2e/node_modules tests/interop/node_modules tests/.venv
