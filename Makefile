# Everything that a person types. `make` alone lists it.
PYTHON ?= python3
VENV   := .venv
DEMO   := .venv-demo
NATIVE := $(shell find native CMakeLists.txt -type f)

.DEFAULT_GOAL := help
.PHONY: help demo develop lint format test test-all sanitize clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(DEMO)/.installed  ## install the default package and segment two real photos into demo/
	$(DEMO)/bin/figureground demo --out demo

test: develop lint  ## install with the dev extra, lint, run the tests
	$(VENV)/bin/python -m pytest -m "not slow"

test-all: develop lint sanitize  ## the same with the slow suites
	$(VENV)/bin/python -m pytest

sanitize:  ## native tests under the address, undefined-behaviour and thread sanitizers
	for preset in sanitize sanitize-threads; do \
	  cmake --preset $$preset && cmake --build --preset $$preset && ctest --preset $$preset || exit 1; \
	done

develop: $(VENV)/.installed  ## an editable install with all that development needs, in .venv

lint: develop  ## formatting, style and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	find native -name '*.hpp' -o -name '*.cpp' | xargs $(VENV)/bin/clang-format --dry-run --Werror

format: develop  ## format Python and C++
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix
	find native -name '*.hpp' -o -name '*.cpp' | xargs $(VENV)/bin/clang-format -i

$(VENV)/.installed: pyproject.toml constraints.txt $(NATIVE)
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

$(DEMO)/.installed: pyproject.toml constraints.txt $(NATIVE) $(shell find src -name '*.py' -o -name '*.onnx')
	test -x $(DEMO)/bin/python || $(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/pip install --quiet -c constraints.txt .
	touch $@

clean:  ## remove what was built
	rm -rf build demo $(VENV) $(DEMO)
