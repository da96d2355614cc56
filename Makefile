# The two commands of the README: `make run` and `make test`. Both create .venv and install what they need.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := $(wildcard base layers models solver gradcheck mnist bench plots layergraph cli)
export OPENBLAS_NUM_THREADS := 1
# Bytecode is kept, whatever the surroundings say: without it every process that a test starts compiles all of this anew.
export PYTHONDONTWRITEBYTECODE :=

NEW_ENOUGH := "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; this one is ' + \
	sys.version.split()[0] + '. Name another: make PYTHON=python3.12 ...')"

.PHONY: run test install lint unit thorough docs site site-test notebooks bench-docs gradcheck-docs demo-docs speed pictures campaigns reversals scale mutants clean simulate

run: .venv/runs  ## Train a two-layer net on real handwritten digits, draw the pictures, then benchmark solvers on them.
	$(BIN)/layergraph train --data digits --model mlp:64 --epochs 20 --out runs/digits --overwrite
	$(BIN)/layergraph bench run digits-softmax digits-mlp32 --budget quick --jobs 2 --out runs/bench
	$(BIN)/layergraph bench table runs/bench
	$(BIN)/layergraph bench report runs/bench --out runs/bench/report.html

.venv/runs: pyproject.toml
	@$(PYTHON) -c $(NEW_ENOUGH)
	@echo "creating .venv and installing what the run needs (NumPy, SciPy, matplotlib, scikit-learn): a minute or so"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --editable ".[bench,sklearn]"
	@touch $@

test: lint unit  ## Lint, types and tests. CI also runs `make site` and `make thorough`.

install: .venv/installed  ## Create .venv and install this project, editable, with all that the tests need.

.venv/installed: pyproject.toml
	@$(PYTHON) -c $(NEW_ENOUGH)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/vulture

# One worker more than processors: some tests wait for processes that hang until their time is up.
WORKERS = $(shell $(PYTHON) -c "import os; print(1 + len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 'auto')")
unit: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

thorough: install  ## What `make test` leaves out or samples, whole: authors' passes, trained nets, pages, notebooks, campaigns.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --thorough -m thorough

docs: install  ## Make the reference pages, the errata with the checker's reports, the Chinese README's code, the picture of the architecture.
	$(BIN)/python tools/make_reference.py
	$(BIN)/python tools/make_errata.py
	$(BIN)/python tools/make_readme.py
	$(BIN)/python tools/make_architecture.py

NOTEBOOKS := $(patsubst notebooks/%.py,build/notebooks/%.ipynb,$(wildcard notebooks/*.py))

site: .venv/site notebooks  ## Build the documentation site into site/, from the pages as they are; a warning is an error.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "the site: site/index.html"

site-test: install  ## Run also those blocks of the pages that take minutes or need the real MNIST.
	LAYERGRAPH_SLOW_DOCS=1 $(BIN)/python -m pytest tests/docs

notebooks: $(NOTEBOOKS)  ## Make notebooks of the percent scripts in notebooks/, executed: build/notebooks/*.ipynb.

build/notebooks/%.ipynb: notebooks/%.py .venv/site
	@mkdir -p $(@D)
	$(BIN)/jupytext --quiet --to ipynb --set-kernel python3 --execute --output $@ $<

.venv/site: pyproject.toml
	@$(PYTHON) -c $(NEW_ENOUGH)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[docs]"
	@touch $@

bench-docs: install  ## Make the tables, plots and reports in docs/benchmark from the result files in results/bench.
	$(BIN)/python tools/make_benchmark.py

gradcheck-docs: install  ## Make the sample reports and the picture of the report page (needs Chromium) in docs.
	$(BIN)/python tools/make_gradcheck.py

demo-docs: install  ## Make the pictures of `layergraph demo` in docs/demo.md (needs Chromium, and the real MNIST).
	$(BIN)/python tools/make_demo.py

speed: install  ## Measure a training step against its products and the libraries installed; fills docs/speed.md.
	$(BIN)/layergraph bench speed --parts steps inside target --out runs/speed
	$(BIN)/layergraph bench speed --rules sgd adam --peers torch jax --rounds 7 --seconds 0.15 --out runs/speed-rules
	$(BIN)/layergraph bench speed --dtypes float64 --peers torch jax --rounds 7 --seconds 0.15 --out runs/speed-float64
	$(BIN)/layergraph bench speed --all-threads --peers torch jax --rounds 7 --seconds 0.15 --out runs/speed-threads
	$(BIN)/layergraph bench speed --parts distortions memory numeric --out runs/speed-more
	$(BIN)/layergraph bench speed --parts layers --dtypes float32 float64 --out runs/speed-layers
	$(BIN)/python tools/make_speed.py runs/speed runs/speed-rules runs/speed-float64 runs/speed-threads runs/speed-more runs/speed-layers

pictures: install  ## Real digits on canvases, read by a net trained for it: fills docs/pictures.md; fails below 95 %.
	$(BIN)/python tests/campaigns/pictures.py --docs docs/pictures.md --figure docs/figures/pictures.png

campaigns: install  ## The full amounts of all campaigns, two at a time; fills docs/reliability.md. About an hour.
	$(BIN)/python tests/campaigns/run_all.py; code=$$?; $(BIN)/python tools/make_reliability.py && exit $$code

simulate: install  ## Coverage of the benchmark's intervals and size of its tests: fills docs/statistics.md. Some minutes.
	$(BIN)/python tools/make_simulation.py

scale: install  ## A hundred thousand made-up runs read and tabled, ten thousand tasks of nothing on loky and on Dask: fills docs/cluster.md where they pass.
	$(BIN)/python tools/bench_scale.py --docs docs/cluster.md

reversals: install  ## Studies of the benchmark, tuned again and again; hours, goes on where it was: fills docs/reversals.md.
	$(BIN)/python tools/reversals/collect.py digits-mlp32 mnist-mlp100 mnist-mlp100-drop
	$(BIN)/python tools/reversals/page.py

# Some bugs a package: `make mutants MUTANTS=20 SEED=3 PACKAGE="layers models"`; all packages also fill docs/mutants.md.
# NEAR=1 asks the nearest test files alone, which takes a fraction of the time and gives a lower bound.
MUTANTS ?= 60
SEED ?= 0 1
PACKAGE ?=
NEAR ?=
mutants: install  ## Plant a seeded sample of bugs in each package and count those that its tests notice. Takes long.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[mutation]"
	$(BIN)/python tests/mutation/run.py --mutants $(MUTANTS) --seeds $(SEED) $(if $(NEAR),--near) \
		$(if $(PACKAGE),--packages $(PACKAGE),--write docs/mutants.md --json results/reliability/mutants.json)

clean:
	rm -rf .venv runs dist build site .pytest_cache .mypy_cache .ruff_cache .hypothesis
