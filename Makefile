# make run    the dashboard on http://localhost:8501
# make test   the whole suite, a browser included
# Both set up what they need once, and start at once when that is done.

HOST ?= localhost
PORT ?= 8501
VENV ?= .venv
BIN := $(VENV)/bin
# Tests that run at a time: two TensorFlow processes fit 2 cores and 4 GB of memory.
WORKERS ?= 2

# What renews the locks, and what is asked of it, such as UPGRADE=--upgrade.
UV := 0.13.9
UPGRADE ?=

# What lists licences and packages; each is installed for that alone.
PIP_LICENSES := 5.5.5
CYCLONEDX_BOM := 7.5.0

.PHONY: run test attack licences sbom base-images check format gpu gpu-jax test-ray test-pacs test-extras fuzz differential chaos chaos-ray disc bench load measure readme screenshots pin viewer lock clean help browser extras accounts
.DELETE_ON_ERROR:

help:            ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ /' | awk '{c=$$1; $$1=""; printf "make %-12s%s\n", c, $$0}'

# --- running -------------------------------------------------------------------------------

run: accounts $(VENV)/.ready  ## start the dashboard; HOST and PORT choose where (default localhost:8501)
	@exec $(BIN)/python -m pages.ui \
	  --server.address "$(HOST)" --server.port "$(PORT)" --server.headless true

# Said before anything is installed; pages/ui/startup.py reads the file and decides.
accounts:
	@case "$(HOST)" in localhost|127.0.0.1|::1) ;; *) \
	  [ -e .streamlit/secrets.toml ] || [ -e "$$HOME/.streamlit/secrets.toml" ] || { \
	    echo "HOST=$(HOST) would open the dashboard to the network, and no accounts are configured." >&2; \
	    echo "Add an [auth] section to .streamlit/secrets.toml (see README.md), or leave HOST out." >&2; \
	    exit 2; } ;; esac

gpu: $(VENV)/.ready-gpu          ## add TensorFlow's NVIDIA libraries (Linux)
gpu-jax: $(VENV)/.ready-gpu-jax  ## add JAX with NVIDIA's libraries as training backend (Linux)
	@echo "Train with: KERAS_BACKEND=jax $(BIN)/python -m arncnn train ..."

bench: $(VENV)/.ready        ## measure how fast readings and pages are, beside the targets
	@$(BIN)/python -m arncnn bench --json --table assets/measured/targets.json

load: $(VENV)/.ready-dev browser  ## measure what people wait for, sessions, memory, two dashboards
	@$(BIN)/python -m tests.load
	@$(BIN)/python -m tests.load.training
	@$(BIN)/python -m tests.load.jobs --out assets/measured/load.json
	-@$(BIN)/python -m tests.load.scale --out assets/measured/load.json
	@$(BIN)/python -m tests.load.table

# Every figure of the README, measured anew; EXTERNAL names a folder in/<Class>, ood/<kind>.
measure: $(VENV)/.ready      ## measure both bundled models and store the results
	@mkdir -p assets/measured
	@for model in robust paper; do \
	  folder=assets/models/$$model; \
	  $(BIN)/python -m arncnn evaluate --split paper-test --model $$folder > assets/measured/paper-test-$$model.json; \
	  $(BIN)/python -m arncnn evaluate --corruptions --model $$folder > assets/measured/corruptions-$$model.json; \
	  if [ -n "$(EXTERNAL)" ]; then \
	    $(BIN)/python -m arncnn evaluate --external "$(EXTERNAL)" --model $$folder > assets/measured/external-$$model.json; fi; \
	done
	@$(BIN)/python -m arncnn evaluate --split no-twins > assets/measured/no-twins-robust.json
	@$(BIN)/python -m arncnn evaluate explanations > assets/measured/explanations.json
	@$(BIN)/python -m arncnn bench --files 1000 --json --table assets/measured/targets.json > assets/measured/bench.json

readme: $(VENV)/.ready       ## put the stored results into the README
	@$(BIN)/python -m tests.readme

pin: $(VENV)/.ready          ## pin the bundled models by their sums, after one was replaced
	@$(BIN)/python -m tests.pin

# npm and node are needed for this alone: the built viewer lies in assets/viewer.
viewer:          ## build the scan viewer from pages/ui/viewer, the same byte for byte
	@rm -rf build/viewer && mkdir -p build/viewer && cp -R pages/ui/viewer/. build/viewer
	@cd build/viewer && npm ci --silent && node build.mjs dist
	@mkdir -p assets/viewer && cp build/viewer/dist/viewer.js build/viewer/dist/LICENCES.txt assets/viewer
	@sha256sum assets/viewer/viewer.js

# --- checking ------------------------------------------------------------------------------

test: $(VENV)/.ready-dev browser  ## run the whole suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not ray and not extra"

check: $(VENV)/.ready-dev    ## format, lint, types, layers, then the whole suite
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

format: $(VENV)/.ready-dev   ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test-ray: $(VENV)/.ready-dev $(VENV)/.ready-ray ## run the tests that need a local Ray cluster
	$(BIN)/python -m pytest -m ray

test-pacs: extras            ## run the tests with a real archive, Orthanc, and dcmtk
	$(BIN)/python -m pytest -m extra tests/pacs

test-extras: extras          ## run what make test leaves out: PostgreSQL, Ray, nginx, dciodvfy, Orthanc
	$(BIN)/python -m pytest -m "ray or extra" tests

fuzz: $(VENV)/.ready-dev     ## throw 100,000 damaged files at the intake; goes on where stopped
	$(BIN)/python -m tests.fuzz.intake --count 100000

# FOLDER names what is compared; dcmtk's dcm2pnm is asked too where it is installed.
differential: $(VENV)/.ready-dev  ## compare the pixels of all files below FOLDER with other decoders
	@$(BIN)/python -m tests.intake.oracle "$(FOLDER)"

chaos: $(VENV)/.ready-dev     ## kill trainings, the store's writers, the dashboard and pacs work
	$(BIN)/python -m tests.chaos.jobs --kills 200
	$(BIN)/python -m tests.chaos.store --kills 100
	$(BIN)/python -m tests.chaos.dashboard --kills 100
	$(BIN)/python -m tests.chaos.pacs --kills 300 --objects 2000

# COUNTS says how much: "--mutants 100000 --kills 300 --flips 1000"; again after a stop: goes on.
attack: $(VENV)/.ready-dev browser  ## attack it: all tests so marked, damaged files, kills, bit flips
	@$(BIN)/python -m tests.attack --workers $(WORKERS) $(COUNTS)

chaos-ray: $(VENV)/.ready-dev $(VENV)/.ready-ray  ## read 100,000 files on Ray, killing 20 workers
	$(BIN)/python -m tests.chaos.reading --files 100000 --kills 20 --out assets/measured/reading-on-ray.json \
	  --table assets/measured/targets.json

disc: $(VENV)/.ready-dev browser  ## give the dashboard a ZIP of 200 mixed files, in a browser
	$(BIN)/python -m tests.browser.disc --files 200

screenshots: $(VENV)/.ready-dev browser  ## take the README's pictures anew
	$(BIN)/python -m tests.browser.screenshots

# --- what it is made of --------------------------------------------------------------------

# Of all that is installed in $(VENV); with VENV=build/shipped, of what is shipped and no more.
licences: $(VENV)/.ready build/bill/.ready  ## list every package's licence, into build/licences.csv too
	@build/bill/bin/pip-licenses --python $(BIN)/python --with-system --with-urls --format csv \
	  --output-file build/licences.csv >/dev/null
	@build/bill/bin/pip-licenses --python $(BIN)/python --with-system --order license

# What is asked for stands in requirements.txt and not in pyproject.toml: no arrow leaves the root.
sbom: $(VENV)/.ready build/bill/.ready  ## write the CycloneDX bill of materials, build/sbom.json
	@build/bill/bin/python -W ignore::UserWarning -m cyclonedx_py environment --validate \
	  --pyproject pyproject.toml --output-reproducible --output-file build/sbom.json $(BIN)/python
	@echo "build/sbom.json"

build/bill/.ready: Makefile $(VENV)/.made
	@$(BIN)/python -m venv --clear build/bill
	@build/bill/bin/python -m pip install --quiet \
	  pip-licenses==$(PIP_LICENSES) cyclonedx-bom==$(CYCLONEDX_BOM)
	@touch $@

base-images:     ## pin the container's base images by digest, where their registry is reached
	@set -e; for image in $$(sed -nE \
	    's/^(FROM| +image:) ([^ :@]+:[^ @]+).*/\2/p' Dockerfile compose*.yaml | sort -u); do \
	  digest=$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$$image") || true; \
	  case "$$digest" in sha256:*) ;; *) \
	    echo "No digest of $$image: docker with buildx and a way to its registry are needed." >&2; \
	    exit 2;; esac; \
	  for file in Dockerfile compose*.yaml; do \
	    sed -E "s|( $$image)(@sha256:[0-9a-f]+)?|\1@$$digest|" $$file >$$file.new; \
	    cmp -s $$file $$file.new || cp $$file.new $$file; rm $$file.new; \
	  done; \
	  echo "$$image@$$digest"; \
	done

clean:           ## remove what can be made again
	rm -rf $(VENV) build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis

# --- setting up ----------------------------------------------------------------------------

# A virtual environment that still works: one copied or left by another Python is made anew.
$(VENV)/.made:
	@python=; for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	  then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11, 3.12 or 3.13 is needed, and none was found (python3 is: $$(python3 --version 2>&1))." >&2; \
	  echo "Install one, or name it: make run PYTHON=/path/to/python3.12" >&2; exit 1; fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  echo "Setting up $(VENV) with $$($$python --version) ..." >&2; \
	  $$python -m venv --clear $(VENV) || { \
	    echo "Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; fi
	@touch $@

# One stamp for each lock; pip keeps to the index it is configured for, and to the locks' hashes.
$(VENV)/.ready: requirements.lock $(VENV)/.made
	@echo "Installing the packages (a few minutes the first time) ..." >&2
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.ready-%: requirements-%.lock $(VENV)/.made
	@echo "Installing the packages of requirements-$*.lock ..." >&2
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-$*.lock
	@touch $@

# The first two bind the others, so that any of them fit into one environment.
lock: $(VENV)/.made          ## renew the locks from requirements*.txt; UPGRADE=--upgrade renews all
	@$(BIN)/python -m venv build/uv && build/uv/bin/python -m pip install --quiet uv==$(UV)
	@set -e; bound=; for list in requirements requirements-dev \
	  $(filter-out requirements-dev,$(basename $(wildcard requirements-*.txt))); do \
	  build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --annotation-style line --custom-compile-command "make lock" \
	    $(UPGRADE) $$bound --output-file $$list.lock $$list.txt; \
	  case $$list in requirements|requirements-dev) bound="$$bound --constraint $$list.lock";; esac; \
	done

# PostgreSQL's server, nginx, Orthanc, dcmtk and DICOM's validator come from Debian, where root and apt-get are;
# RUNLEVEL=1 keeps Debian from starting them as services.
extras: $(VENV)/.ready-dev $(VENV)/.ready-ray $(VENV)/.ready-postgresql
	@missing=; command -v dciodvfy >/dev/null || missing=dicom3tools; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || missing="$$missing postgresql"; \
	command -v nginx >/dev/null || missing="$$missing nginx-light"; \
	command -v Orthanc >/dev/null || [ -x /usr/sbin/Orthanc ] || missing="$$missing orthanc"; \
	ls /usr/share/orthanc/plugins/libOrthancDicomWeb.so >/dev/null 2>&1 \
	  || missing="$$missing orthanc-dicomweb"; \
	command -v storescu >/dev/null || missing="$$missing dcmtk"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing with apt-get: $$missing ..." >&2; \
	  apt-get update -qq >&2; \
	  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $$missing >&2; \
	elif [ -n "$$missing" ]; then \
	  echo "Not on this machine, and not root to install it; its tests are skipped: $$missing" >&2; fi

# An installed Chromium or Chrome; else Debian's; else Playwright's own. What drives them needs
# libatomic, which Debian 12's Chromium does not bring.
browser: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.chromium >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium with apt-get ..." >&2; \
	  apt-get update -qq >&2 && apt-get install -y -qq chromium libatomic1 >&2; fi; \
	$(BIN)/python -m tests.chromium >/dev/null 2>&1 && exit 0; \
	echo "Installing Playwright's Chromium ..." >&2; \
	$(BIN)/python -m playwright install chromium >&2; \
	$(BIN)/python -m tests.chromium >/dev/null
