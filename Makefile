# lifecycled: `make` builds build/lifecycled, `make help` lists the rest.

VARIANT ?= release
BUILD := build$(if $(filter-out release,$(VARIANT)),/$(VARIANT))
BIN := $(BUILD)/lifecycled
SHELL := /bin/sh

ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory

# --- compiler ---------------------------------------------------------------------------------------------

ifeq ($(VARIANT),fuzz)
CC := clang
else ifeq ($(origin CC),default)
CC := gcc
endif
export CC

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPTIMIZE := -O2 -g
SANITIZE :=
ifeq ($(VARIANT),asan)
HARDEN :=
OPTIMIZE := -O1 -g -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
else ifeq ($(VARIANT),tsan)
HARDEN :=
OPTIMIZE := -O1 -g -fno-omit-frame-pointer
SANITIZE := -fsanitize=thread
else ifeq ($(VARIANT),coverage)
HARDEN :=
OPTIMIZE := -O0 -g
SANITIZE := --coverage
else ifeq ($(VARIANT),fuzz)
HARDEN :=
OPTIMIZE := -O1 -g -fno-omit-frame-pointer
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
else ifneq ($(VARIANT),release)
$(error VARIANT is release, asan, tsan, coverage or fuzz, not "$(VARIANT)")
endif

CFLAGS ?=
LDFLAGS ?=
VERSION ?= 0.1.0
ALL_CPPFLAGS := -DLIFECYCLED_VERSION=\"$(VERSION)\" -D_GNU_SOURCE -Iinclude -I$(BUILD)/gen/include -isystem /usr/include/postgresql $(HARDEN) $(CPPFLAGS)
ALL_CFLAGS := -std=c17 $(OPTIMIZE) -fPIE -pthread $(WARNINGS) $(SANITIZE) -ffile-prefix-map=$(CURDIR)/= $(CFLAGS)
ALL_LDFLAGS := -pie -pthread -Wl,-z,relro,-z,now,--as-needed $(SANITIZE) $(LDFLAGS)
LDLIBS := -lcurl -lmicrohttpd -ljansson -lpq -lnlopt -lcrypto -lz -lm

# --- files ------------------------------------------------------------------------------------------------

find = $(sort $(shell find $(1) -name '$(2)' 2>/dev/null))

SRC := $(call find,src,*.c)
LIB_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out src/main.c,$(SRC))) $(BUILD)/obj/gen/sql.o $(BUILD)/obj/gen/assets.o
LIB := $(BUILD)/liblifecycled.a
MAIN_OBJ := $(BUILD)/obj/src/main.o
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(call find,tests/support,*.c))
SUPPORT := $(BUILD)/libsupport.a

programs = $(patsubst %.c,$(BUILD)/%,$(call find,tests/$(1),$(2)))
UNIT := $(call programs,unit,test_*.c)
GOLDEN := $(call programs,golden,test_*.c)
PROPERTY := $(call programs,property,test_*.c)
INTEGRATION := $(call programs,integration,test_*.c)
FUZZ := $(call programs,fuzz,fuzz_*.c)
BENCH := $(call programs,bench,bench_*.c)
TESTS := $(UNIT) $(GOLDEN) $(PROPERTY) $(INTEGRATION)

EMBEDDED := $(call find,src,*.sql) $(call find,migrations,*.sql) $(call find,presets,*.json) $(wildcard openapi.yaml)
GEN := $(BUILD)/gen/.made

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help all run test test-unit test-golden test-property test-integration test-http test-fuzz fuzz lint format \
	bench coverage clean docs deps install FORCE

all: $(BIN) ## Build build/lifecycled (the default); VARIANT=asan|tsan|coverage|fuzz builds in build/VARIANT.

help: ## Print this list.
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

run: ## Build and start everything: a private PostgreSQL, the demo shop and the service, with curl lines to paste.
	@$(MAKE) all
	@LIFECYCLED_BIN=$(BIN) tools/run

# --- tests ------------------------------------------------------------------------------------------------

RUN_TESTS = tests/run --build $(BUILD)

test: $(BIN) $(TESTS) $(FUZZ) ## Run all tests; the last line counts them.
	@$(RUN_TESTS) unit golden fuzz property integration http

test-unit: $(UNIT) ## Run the tests without a database that mirror src/.
	@$(RUN_TESTS) unit

test-golden: $(GOLDEN) ## Compare with the text files in tests/golden.
	@$(RUN_TESTS) golden

test-property: $(PROPERTY) ## Run random ledgers, rules and orders of delivery against the one law.
	@$(RUN_TESTS) property

test-integration: $(INTEGRATION) ## Run the tests that need PostgreSQL (a private one is started).
	@$(RUN_TESTS) integration

test-http: $(BIN) ## Run the numbered scenarios over real sockets.
	@$(RUN_TESTS) http

test-fuzz: $(FUZZ) ## Replay the corpora of the fuzz targets, whole and cut short.
	@$(RUN_TESTS) fuzz

FUZZ_SECONDS ?= 60
fuzz: ## Search for new inputs with libFuzzer, FUZZ_SECONDS (60) for each target.
ifeq ($(VARIANT),fuzz)
fuzz: $(FUZZ)
	@set -e; for program in $(FUZZ); do \
		name=$${program##*/}; mkdir -p $(BUILD)/corpus/$$name; \
		echo "$$name"; \
		$$program -max_total_time=$(FUZZ_SECONDS) -timeout=5 -print_final_stats=0 -verbosity=0 \
			-artifact_prefix=$(BUILD)/$$name- $(BUILD)/corpus/$$name $$(find tests/fuzz/corpus/$$name -maxdepth 0 2>/dev/null); \
	done
else
fuzz:
	@$(MAKE) VARIANT=fuzz fuzz
endif

bench: $(BIN) $(BENCH) ## Measure what docs/benchmarks.md reports.
	@$(RUN_TESTS) bench

coverage: ## Run all tests and print how much of each layer they reach.
ifeq ($(VARIANT),coverage)
coverage: test
	@tools/coverage $(BUILD)
else
coverage:
	@$(MAKE) VARIANT=coverage coverage
endif

lint: ## Check layers, SQL, scripts and comments.
	@tools/lint

format: ## Format the C files as .clang-format says.
	clang-format -i $(call find,src include tests,*.[ch])

docs: $(BIN) ## Write the parts of docs/ that the program prints.
	@tools/docs $(BIN)

PREFIX ?= /usr/local
install: $(BIN) ## Install the program under PREFIX (/usr/local).
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/lifecycled

clean: ## Remove build/.
	rm -rf build

deps: ## Install missing packages, where that may be done; DEPS=no leaves them alone, in every target.
ifneq ($(DEPS),no)
	@tools/install-deps
endif

# --- rules ------------------------------------------------------------------------------------------------

# The embedded files are made anew when one of them changes, and when one is added or removed.
$(BUILD)/gen/.list: FORCE
	@mkdir -p $(@D)
	@echo '$(EMBEDDED)' | cmp -s - $@ || echo '$(EMBEDDED)' > $@

$(GEN): $(BUILD)/gen/.list tools/embed $(EMBEDDED)
	@tools/embed $(BUILD)/gen
	@touch $@

# tools/embed leaves a file that would not change, and then nothing that depends on it is made anew.
$(addprefix $(BUILD)/gen/,sql.c assets.c include/gen/sql.h include/gen/assets.h): $(GEN) ;

# Objects are made anew when the compiler or its flags change.
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)' > $@

# String literals as long as a file are what embedding is for.
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/.flags | deps
	@mkdir -p $(@D)
	@echo '  CC $<'
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -Wno-overlength-strings -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c $(BUILD)/.flags | deps $(GEN)
	@mkdir -p $(@D)
	@echo '  CC $<'
	@$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# An archive is made from nothing, so that a deleted source leaves no member behind.
$(LIB): $(LIB_OBJ)
$(SUPPORT): $(SUPPORT_OBJ)
$(LIB) $(SUPPORT): $(BUILD)/.members
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(BUILD)/.members: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJ) $(SUPPORT_OBJ)' | cmp -s - $@ || echo '$(LIB_OBJ) $(SUPPORT_OBJ)' > $@

$(BIN): $(MAIN_OBJ) $(LIB)
	@echo '  LD $@'
	@$(CC) $(ALL_LDFLAGS) -o $@ $(MAIN_OBJ) $(LIB) $(LDLIBS)

$(TESTS) $(BENCH): $(BUILD)/%: $(BUILD)/obj/%.o $(SUPPORT) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) $(LIB) -lcmocka $(LDLIBS)

ifeq ($(VARIANT),fuzz)
$(FUZZ): $(BUILD)/%: $(BUILD)/obj/%.o $(SUPPORT) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(SUPPORT) $(LIB) $(LDLIBS)
else
$(FUZZ): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/obj/tests/fuzz/replay.o $(SUPPORT) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< $(BUILD)/obj/tests/fuzz/replay.o $(SUPPORT) $(LIB) $(LDLIBS)
endif

ifneq ($(shell test -d $(BUILD)/obj && echo yes),)
-include $(shell find $(BUILD)/obj -name '*.d')
endif
