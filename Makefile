# The words a person types. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=
# Where this is set, every process of ours compiles the whole house before it begins.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test storm check format lock screenshots bench bench-sandbox bench-pacing bench-queue browser clean

help: ## list these words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## run everything on this machine with people who answer and robots who work
	@$(BIN)/dialer demo $(ARGS)

test: $(READY) browser ## run every test; ARGS="tests/domain -x" for some
	$(BIN)/pytest -n 2 --dist loadscope $(ARGS)

storm: $(READY) ## 2,000 calls in a storm of faults and kills; ARGS="500 --seed 7" for others
	$(BIN)/python -m tests.storm $(ARGS)

check: $(READY) ## what CI runs before the tests: format, lint, types, imports, migrations, scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m dialer.migrations
	$(BIN)/dialer scripts check

format: $(READY) ## write the code as the formatter likes it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(READY) browser ## take the README's pictures from a running demo
	$(BIN)/python -m tests.browser.pictures dialer/demo/pictures

bench: $(READY) ## measure the whole house's speed; ARGS="--rows 3 --seconds 60" for some of it
	$(BIN)/python -m bench.speed $(ARGS)

bench-sandbox: $(READY) ## measure how many calls a second the sandbox takes while 1,000 go on
	$(BIN)/python -m bench.sandbox $(ARGS)

bench-pacing: $(READY) ## measure pacing against baselines and the oracle, and draw the README's plot
	$(BIN)/python -m bench.pacing.speed
	$(BIN)/python -m bench.pacing.run --policies all $(ARGS)
	$(BIN)/python -m bench.pacing.run --policies all --plot bench/pacing/plot.svg $(ARGS)

bench-queue: $(READY) ## measure a refill of the dial queue with 1,000,000 contacts that may be called
	nice $(BIN)/python -m bench.queue $(ARGS)

lock: ## pin every dependency with hashes, and npm's without addresses
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet -o requirements.lock
	npm install --package-lock-only --ignore-scripts

browser: ## Debian's Chromium, where it may be installed
	@if [ ! -x /usr/bin/chromium ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq chromium; \
		else \
			echo "No /usr/bin/chromium, and it can't be installed here: browser tests are skipped."; \
		fi; \
	fi

clean: ## remove what set-up and runs have made
	rm -rf .venv .dialer node_modules dialer/web/static/vendor

$(READY): requirements.lock pyproject.toml package.json package-lock.json
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m dialer.web.assets
	@touch $(READY)
