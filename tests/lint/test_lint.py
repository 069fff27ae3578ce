#!/usr/bin/env python3
"""Plants a violation of each rule of tools/lint in a small tree and expects file, line and rule."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LAYERS = """\
# layer level purity packages
base      0  libc
num       1  pure
codec     2  pure
keys      3  libs  PkgConfig::secp256k1
net       4  libs
market    7  pure
protocol  7  pure
app       13 libs  PkgConfig::yaml
"""


class Tree(unittest.TestCase):
    """A temporary tree of sources."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="liqd-lint-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("cmake/layers.txt", LAYERS)

    def write(self, path, content):
        """Writes the text or bytes; returns the path."""
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def call(self, *command):
        """The exit code and all output of a command in the tree."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(command, cwd=self.root, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def tool(self, name):
        """The same of one of our tools over the tree."""
        return self.call(ROOT / "tools" / name, "--root", self.root)

    def assert_finds(self, name, *findings):
        """The tool fails and prints exactly these lines."""
        code, out = self.tool(name)
        self.assertEqual(out.splitlines(), list(findings))
        self.assertEqual(code, 1)

    def no_archive(self, layer):
        """What is found where a layer's sources have not been built."""
        return [f"libliqd_{layer}.a: not in {self.root}/build/lint: build the CMake preset lint "
                "first"]

    def assert_clean(self, name):
        """The tool finds nothing."""
        self.assertEqual(self.tool(name), (0, ""))


class IncludesLeadDownward(Tree):
    def test_refuses_a_header_of_a_higher_layer(self):
        self.write("src/num/u256.c", '/* a\n   comment */\n#include "liqd/codec/hex.h"\n')
        self.assert_finds("check_layers",
                          "src/num/u256.c:3: includes liqd/codec/hex.h: layer num (1) may not use "
                          "codec (2)", *self.no_archive("num"))

    def test_refuses_it_in_public_headers_and_unit_tests_too(self):
        self.write("include/liqd/num/u256.h", '#  include <liqd/codec/hex.h>\n')
        self.write("tests/unit/num/test_u256.c", '\n#include "liqd/app/config.h"\n')
        self.assert_finds("check_layers",
                          "include/liqd/num/u256.h:1: includes liqd/codec/hex.h: layer num (1) may "
                          "not use codec (2)",
                          "tests/unit/num/test_u256.c:2: includes liqd/app/config.h: layer num (1) "
                          "may not use app (13)")

    def test_refuses_a_path_around_the_include_folder(self):
        self.write("include/liqd/codec/hex.h", "")
        self.write("include/liqd/num/u256.h", '#include "../codec/hex.h"\n')
        self.assert_finds("check_layers",
                          "include/liqd/num/u256.h:1: includes ../codec/hex.h: layer num (1) may "
                          "not use codec (2)")

    def test_refuses_a_layer_beside(self):
        self.write("include/liqd/market/price.h", '#include "liqd/protocol/adapter.h"\n')
        self.assert_finds("check_layers",
                          "include/liqd/market/price.h:1: includes liqd/protocol/adapter.h: layer "
                          "market (7) may not use protocol (7)")

    def test_refuses_a_folder_that_is_no_layer(self):
        self.write("include/liqd/num/u256.h", '#include "liqd/misc/x.h"\n')
        self.write("src/misc/x.c", "")
        self.write("src/contracts/Executor.sol", "")
        self.assert_finds("check_layers",
                          "src/misc/x.c:1: src/misc is no layer of cmake/layers.txt",
                          "include/liqd/num/u256.h:1: includes liqd/misc/x.h: misc is no layer of "
                          "cmake/layers.txt")

    def test_refuses_a_private_header_of_another_layer(self):
        self.write("src/num/u256_internal.h", "")
        self.write("src/num/limbs.h", "")
        self.write("src/app/main.c", '#include "../num/limbs.h"\n#include "u256_internal.h"\n')
        self.assert_finds("check_layers",
                          "src/app/main.c:1: includes ../num/limbs.h: it is private to layer num",
                          "src/app/main.c:2: includes u256_internal.h: it is private to layer num")

    def test_header_for_all_layers_includes_base_num_and_codec_only(self):
        self.write("include/liqd/events.h",
                   '#include "liqd/base/err.h"\n#include "liqd/num/u256.h"\n'
                   '#include "liqd/keys/address.h"\n')
        self.assert_finds("check_layers",
                          "include/liqd/events.h:3: includes liqd/keys/address.h: a header for all "
                          "layers may use base and num and codec only")

    def test_accepts_what_leads_downward(self):
        self.write("src/app/main.c", '#include "liqd/protocol/a.h"\n#include "liqd/base/err.h"\n')
        self.write("include/liqd/market/price.h", '#include "liqd/events.h"\n'
                   '// #include "liqd/app/config.h"\n/*\n#include "liqd/app/config.h"\n*/\n')
        self.write("include/liqd/events.h", "")
        self.write("src/codec/hex_internal.h", "#include <string.h>\n")
        self.write("tests/unit/codec/test_hex.c", '#include "hex_internal.h"\n'
                   '#include "liqd/num/u256.h"\n#include "lq_test.h"\n')
        self.assert_clean("check_layers")


class ObjectsCallDownward(Tree):
    def archive(self, layer, name, code):
        """Builds libliqd_<layer>.a of one file, more with each call."""
        source = self.write(f"src/{layer}/{name}", code)
        build = self.root / "build/lint"
        build.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-std=c17", "-w", "-fPIC", "-fcommon", "-fno-builtin", "-c", source,
                        "-o", build / f"{name}.o"], check=True)
        subprocess.run(["ar", "rcs", build / f"libliqd_{layer}.a", build / f"{name}.o"], check=True)

    def assert_calls(self, layer, **calls):
        """Calls of the symbols out of the layer are found, each with what is said of it."""
        self.archive(layer, "x.c", "".join(f"void {symbol}(void);\nvoid lq_x{i}(void) "
                                           f"{{ {symbol}(); }}\n"
                                           for i, symbol in enumerate(calls)))
        self.assert_finds("check_layers", *[f"libliqd_{layer}.a(x.c.o): calls {symbol}{what}"
                                            for symbol, what in sorted(calls.items())])

    def test_refuses_a_call_of_a_higher_layer(self):
        self.archive("codec", "hex.c", "void lq_hex(void) {}\n")
        self.assert_calls("num", lq_hex=": layer num (1) may not use codec (2)")

    def test_refuses_a_call_of_a_layer_beside(self):
        self.archive("protocol", "aave.c", "void lq_aave(void) {}\n")
        self.assert_calls("market", lq_aave=": layer market (7) may not use protocol (7)")

    def test_refuses_the_address_of_a_higher_layers_function_or_constant(self):
        self.archive("codec", "hex.c", "void lq_hex(void) {}\nconst int lq_digits = 16;\n")
        self.archive("num", "x.c", "void lq_hex(void);\nextern const int lq_digits;\n"
                     "void (*const lq_f)(void) = lq_hex;\nint lq_g(void) { return lq_digits; }\n")
        self.assert_finds("check_layers",
                          "libliqd_num.a(x.c.o): calls lq_digits: layer num (1) may not use codec "
                          "(2)",
                          "libliqd_num.a(x.c.o): calls lq_hex: layer num (1) may not use codec (2)")

    def test_names_the_class_of_what_is_not_for_a_pure_layer(self):
        classes = {
            "clock": ["clock_gettime", "time", "lq_clock_system"],
            "stdio": ["printf", "snprintf", "fopen", "__printf_chk"],
            "malloc": ["malloc", "free", "strdup", "lq_arena_init"],
            "libm": ["sqrt", "floor", "powf"],
            "log": ["lq_log_write"],
            "libev": ["ev_run"],
            "libcurl": ["curl_easy_init"],
            "libsqlite3": ["sqlite3_open"],
            "other": ["getenv", "read", "qsort"],
        }
        self.assert_calls("num", **{symbol: f": {name} is not for a pure layer"
                                    for name, symbols in classes.items() for symbol in symbols})

    def test_refuses_what_base_keeps_for_impure_layers(self):
        self.archive("base", "arena.c", "void *malloc(unsigned long);\nvoid lq_arena_init(void) "
                     "{ malloc(1); }\nvoid lq_arena_alloc(void) {}\n")
        self.assert_calls("num", lq_arena_init=": malloc is not for a pure layer")

    def test_refuses_a_pure_layers_way_to_the_system_through_an_impure_one(self):
        self.archive("keys", "tx.c", "void lq_nonce(void);\nvoid lq_tx(void) { lq_nonce(); }\n")
        self.archive("keys", "nonce.c", "void getenv(void);\nvoid lq_nonce(void) { getenv(); }\n")
        self.assert_calls("market", lq_tx=" of keys, and tx.c.o there calls getenv: other is not "
                          "for a pure layer")

    def test_refuses_variables_that_change(self):
        self.archive("net", "x.c", "static int hidden_cnt = 3;\nint lq_zero;\nint lq_set = 1;\n"
                     "_Thread_local int lq_own;\nint *lq_f(void) { static int calls; calls++; "
                     "lq_own++; return &hidden_cnt; }\n"
                     "static const char *names[] = {\"a\"};\nconst char **lq_n(void) "
                     "{ return names; }\n")
        code, out = self.tool("check_layers")
        self.assertEqual(code, 1)
        found = [re.sub(r"\.\d+", "", m) for m in re.findall(
            r"^libliqd_net\.a\(x\.c\.o\): (\S+) is a variable that changes", out, re.M)]
        self.assertEqual(sorted(found),
                         ["calls", "hidden_cnt", "lq_own", "lq_set", "lq_zero", "names"])

    def test_refuses_a_library_that_the_layer_does_not_list(self):
        packages = {"ev_run": "ev", "curl_easy_init": "curl",
                    "MHD_start_daemon": "microhttpd", "sqlite3_open": "sqlite3",
                    "yaml_parser_load": "yaml", "json_object": "jansson",
                    "secp256k1_ecdsa_sign": "secp256k1", "EVP_sha256": "crypto"}
        what = ": layer net does not list {} in cmake/layers.txt"
        self.assert_calls("net", **{s: what.format(package) for s, package in packages.items()})

    def test_refuses_sources_that_were_not_built(self):
        self.write("src/num/x.c", "")
        self.assert_finds("check_layers", *self.no_archive("num"))

    def test_accepts_pure_code_and_its_constants(self):
        self.archive("base", "err.c", "#include <stdio.h>\nvoid lq_bug(void) { puts(\"bug\"); }\n")
        self.archive("keys", "tx.c", "void lq_tx(void) {}\n")
        self.archive("num", "x.c", """
            #include <string.h>
            void lq_bug(void);
            typedef struct { const char *name; void (*call)(void); } row_t;
            static void call(void) {}
            static const row_t table[] = {{"a", call}, {"b", lq_bug}};
            static const row_t *const rows[] = {&table[0], &(const row_t){"c", call}};
            const char *const lq_names[] = {"x", "y"};
            const row_t *lq_row(int i, char *out) {
                static const char *const inner[] = {"p", "q"};
                memcpy(out, &(row_t){inner[i], call}, sizeof(row_t));
                memset(out, 0, strlen(inner[i]));
                return rows[i];
            }
            unsigned __int128 lq_div(unsigned __int128 a, unsigned __int128 b) { return a / b; }
            double lq_f(unsigned __int128 a) { return (double)a; }
            int lq_cpu(void) { return __builtin_cpu_supports("avx2"); }
            """ if os.uname().machine == "x86_64" else "void lq_x(void) {}\n")
        self.archive("market", "x.c", "void lq_tx(void);\nvoid lq_m(void) { lq_tx(); }\n")
        self.archive("keys", "sign.c", "void secp256k1_ecdsa_sign(void);\nvoid lq_sign(void) "
                     "{ secp256k1_ecdsa_sign(); }\n")
        self.archive("app", "x.c", "static int runs;\nvoid yaml_parser_load(void);\n"
                     "int lq_a(void) { yaml_parser_load(); return runs++; }\n")
        self.write("src/app/main.c", "")
        self.assert_clean("check_layers")


class SourcesKeepTheRules(Tree):
    def assert_c(self, code, *findings, path="src/num/x.c"):
        """C code has these findings, written "line: what"."""
        self.write(path, code)
        self.assert_finds("check_source", *[f"{path}:{finding}" for finding in findings])

    def test_refuses_functions_without_a_bound(self):
        names = ("strcpy", "strcat", "stpcpy", "sprintf", "vsprintf", "gets", "strtok", "alloca")
        what = "knows no bound: pass the size of what is written [unbounded]"
        self.assert_c("".join(f"int a = {name} (b);\n" for name in names) + "__builtin_gets(b);\n",
                      *[f"{i}: {name} {what}" for i, name in enumerate((*names, "gets"), 1)])

    def test_refuses_functions_that_hide_errors(self):
        names = ("atoi", "atol", "atoll", "atof")
        self.assert_c("".join(f"int a = {name}(b);\n" for name in names),
                      *[f"{line}: {name} hides errors: use a parser that returns one [unbounded]"
                        for line, name in enumerate(names, 1)])

    def test_refuses_scanf_of_a_string_without_a_width(self):
        self.assert_c('''scanf("%s", a)\nsscanf(b, "%d %%s %s",\n a)\nfscanf(f, "%["  "a]", a)\n'''
                      '''vsscanf(b, "%ls", a)\n''',
                      *[f"{finding} reads a string without a width [unbounded]"
                        for finding in ("1: scanf", "2: sscanf", "4: fscanf", "5: vsscanf")])

    def test_refuses_bad_white_space(self):
        cases = {
            "a \n": "1: trailing white space",
            "\ta\n": "1: tab",
            "a\r\n": "1: CRLF ends the line",
            "a\nb": "2: no newline at the end",
            "a\n\n": "2: empty line at the end",
            b"a\n\xff\n": "2: not UTF-8",
        }
        for i, content in enumerate(cases):
            self.write(f"{i}.txt", content)
        self.assert_finds("check_source", *[f"{i}.txt:{finding} [white-space]"
                                            for i, finding in enumerate(cases.values())])

    def test_refuses_a_formula_without_its_source(self):
        what = "formula without its source: @src <repo>:<path>#<function> or EIP-<n> [formula]"
        self.assert_c("/* @src elsewhere */\n\n/* @formula a / b */\n", "3: " + what)
        self.assert_c("int a; /* @src elsewhere */\n/* ⌊a / b⌋ */\n", "2: " + what)
        self.assert_c("// ⌈a / b⌉\n", "1: " + what)

    def test_refuses_a_rounded_function_without_formula(self):
        self.assert_c("""\
int lq_mul_down(int a);

/* @formula a * b, @src x */

static inline int lq_mul_up(int a)
{
    return a;
}

/* @formula a @src x */
int f(void);
/* Other. */
int lq_mul_half_up(
    int a);

/* It rounds. @src x */
int lq_mul_up_checked(int a);
LQ_MUST_USE lq_err_t lq_mul_down_wrap(int a);
""", *[f"{line}: {name} rounds: the comment above it needs @formula and @src [formula]"
       for line, name in ((1, "lq_mul_down"), (5, "lq_mul_up"), (13, "lq_mul_half_up"),
                          (17, "lq_mul_up_checked"), (18, "lq_mul_down_wrap"))],
                      path="include/liqd/num/fxp.h")

    def test_refuses_an_error_that_may_be_dropped(self):
        self.assert_c("#include <stddef.h>\nint lq_f(void);\nlq_err_t\nlq_g(int *out,\n    int a);"
                      "\nLQ_COLD static inline lq_err_t lq_h(void)\n{\n    return 0;\n}\n"
                      "LQ_PRINTF(1, 2) lq_err_t lq_i(const char *fmt, ...);\n",
                      "3: lq_g returns lq_err_t without LQ_MUST_USE [must-use]",
                      "6: lq_h returns lq_err_t without LQ_MUST_USE [must-use]",
                      "10: lq_i returns lq_err_t without LQ_MUST_USE [must-use]",
                      path="include/liqd/base/x.h")

    def test_refuses_it_within_extern_c(self):
        self.assert_c('extern "C" {\nlq_err_t lq_f(void);\n}\nlq_err_t lq_g(void);\n',
                      "2: lq_f returns lq_err_t without LQ_MUST_USE [must-use]",
                      "4: lq_g returns lq_err_t without LQ_MUST_USE [must-use]",
                      path="include/liqd/base/x.h")

    def test_refuses_marks_of_unfinished_code(self):
        marks = ("TO" "DO", "FIX" "ME", "XX" "X")
        self.write("src/num/x.c", "".join(f"/* a\n   {mark}: b */\n" for mark in marks))
        self.write("tools/x", "#!/bin/sh\n" + "".join(f"# {mark}\n" for mark in marks))
        what = "unfinished behaviour returns an error [unfinished]"
        self.assert_finds("check_source",
                          *[f"src/num/x.c:{2 * i}: {m}: {what}" for i, m in enumerate(marks, 1)],
                          *[f"tools/x:{i}: {m}: {what}" for i, m in enumerate(marks, 2)])

    def test_refuses_gnu_extensions_outside_compiler_h(self):
        words = ("__attribute__", "__int128", "__extension__")
        self.assert_c("".join(f"{word} b;\n" for word in words),
                      *[f"{line}: {word} outside include/liqd/base/compiler.h: name it there [gnu]"
                        for line, word in enumerate(words, 1)])

    def test_refuses_what_is_too_long(self):
        self.assert_c("/* Short. */\n" + "int a;\n" * 900, "901: 901 lines, 900 at most: split the "
                      'file, or say "Long because" in its first comment [length]')
        self.assert_c("/* Short. */\nvoid f(void)\n{\n" + "    g();\n" * 79 + "}\n",
                      '3: function of 81 lines, 80 at most: split it, or say "Long because" in the '
                      "file's first comment [length]")
        os.remove(self.root / "src/num/x.c")
        self.write("tools/x.py", "x = 1\n" * 901)
        self.assert_finds("check_source", "tools/x.py:901: 901 lines, 900 at most: split the file, "
                          'or say "Long because" above its first empty line [length]')

    def test_accepts_what_only_resembles(self):
        self.write("src/num/x.c", """\
/* strcpy(a, b), gets() and __int128 in a comment; ceil(a) @src Uniswap/v3-core:a.sol#b
   Long because it is a test. */
static const char *text = "strcpy(a) /* __attribute__ %s XX" "X";
static int (*const call)(void) = s->gets(1) + s.atoi(1) + my_strtok(1) + strtok_r(1) + snprintf(1);
int r = sscanf(text, "%10s %ms %*s %d %%s %4[a]", a) + sscanf(text, SCNu64);
/* ⌊a / b⌋ and
   ⌈a / b⌉, EIP-1559 */
void f(void)
{
""" + "    g();\n" * 890 + "}\n")
        self.write("src/num/y.c", "void f(void)\n{\n" + "    g();\n" * 78 + "}\n" +
                   "int a;\n" * (900 - 81))
        self.write("include/liqd/base/compiler.h",
                   "#define LQ_MUST_USE __attribute__((warn_unused_result))\n"
                   "__extension__ typedef unsigned __int128 lq_u128_t;\n")
        self.write("include/liqd/num/fxp.h", """\
/* lq_mul_down and lq_mul_up return the product.
   @formula down: ⌊a * b / c⌋ @src aave-v3-origin:WadRayMath.sol#wadMul */
LQ_MUST_USE lq_err_t lq_mul_down_checked(lq_u256_t *out, const lq_u256_t *a);
static inline lq_u256_t lq_mul_down(const lq_u256_t *a)
{
    lq_u256_t r = {0};

    return r;
}
lq_u256_t lq_mul_up(const lq_u256_t *a) LQ_PRINTF(1, 2);

typedef lq_err_t lq_sink_fn_t(void *ctx, const uint8_t in[32]);
typedef struct lq_sink {
    lq_err_t (*take)(void *ctx);
    int count_up;
} lq_sink_t;
lq_err_t lq_put(lq_sink_t *sink) LQ_MUST_USE;
const char *lq_err_str(lq_err_t err);
static const lq_err_t errors[] = {LQ_OK};
void lq_step(int up);
""")
        self.write("include/liqd/base/ring.h", "void lq_look_up(void);\n")
        self.write("Makefile", "all:\n\tcc x.c\n")
        self.write("README.md", "a line  \nbreaks; TO" "DO is a word here\n")
        self.write("empty.txt", "")
        self.write("logo.png", b"\x89PNG\r\n\0 \t")
        self.write("tests/fuzz/corpus/hex/1", b"a \r\n\xff")
        self.write("build/x.c", "int a;  \n")
        self.assert_clean("check_source")

    def test_reads_what_git_would_track_and_nothing_else(self):
        self.call("git", "init", "-q")
        self.write(".gitignore", "/out/\n")
        self.write("out/x.c", "int a; \n")
        self.write("tracked.c", "int a; \n")
        self.call("git", "add", "tracked.c")
        self.write("new.c", "int a; \n")
        self.assert_finds("check_source", "new.c:1: trailing white space [white-space]",
                          "tracked.c:1: trailing white space [white-space]")
        os.remove(self.root / "tracked.c")
        self.assert_finds("check_source", "new.c:1: trailing white space [white-space]")


class ClangTidyFinds(Tree):
    def assert_rule(self, rule, line, code, path="src/num/x.c"):
        """clang-tidy with our configuration fails on the line with the rule."""
        self.write(path, code)
        self.write("main.c", f'#include "{path}"\n')
        code, out = self.call("clang-tidy", "--quiet", f"--config-file={ROOT}/.clang-tidy",
                              path if path.endswith(".c") else "main.c", "--", "-std=c17", "-I.")
        self.assertRegex(out, rf"{path}:{line}:\d+: error: .*\[[\w.,-]*{re.escape(rule)}\b")
        self.assertNotEqual(code, 0)

    def test_a_size_of_a_size(self):
        self.assert_rule("bugprone-sizeof-expression", 3,
                         "unsigned long f(int a)\n{\n    return sizeof(sizeof(a));\n}\n")

    def test_a_macro_without_parentheses(self):
        self.assert_rule("bugprone-macro-parentheses", 1, "#define DOUBLE(a) a * 2\n")

    def test_a_number_read_without_its_error(self):
        self.assert_rule("cert-err34-c", 4, "#include <stdlib.h>\nint f(const char *a)\n{\n"
                         "    return atoi(a);\n}\n")

    def test_a_null_pointer_followed(self):
        self.assert_rule("clang-analyzer-core.NullDereference", 4,
                         "int f(int *a)\n{\n    if (!a)\n        return *a;\n    return 0;\n}\n")

    def test_a_leak(self):
        self.assert_rule("clang-analyzer-unix.Malloc", 6,
                         "#include <stdlib.h>\nint f(void)\n{\n    char *a = malloc(3);\n"
                         "    a[0] = 1;\n    return a[0];\n}\n")

    def test_a_thread_cancelled_anywhere(self):
        self.assert_rule("concurrency-thread-canceltype-asynchronous", 4,
                         "#include <pthread.h>\nint f(void)\n{\n"
                         "    return pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);\n}\n")

    def test_the_same_on_both_sides(self):
        self.assert_rule("misc-redundant-expression", 3,
                         "int f(int a, int b)\n{\n    return a == b || a == b;\n}\n")

    def test_a_pointer_made_of_a_number(self):
        self.assert_rule("performance-no-int-to-ptr", 3,
                         "void *f(long a)\n{\n    return (void *)a;\n}\n")

    def test_an_else_after_return(self):
        self.assert_rule("readability-else-after-return", 5,
                         "int f(int a)\n{\n    if (a)\n        return 1;\n    else\n"
                         "        return a + 2;\n}\n")

    def test_a_header_included_twice(self):
        self.assert_rule("readability-duplicate-include", 2,
                         "#include <stddef.h>\n#include <stddef.h>\n")

    def test_a_finding_in_a_header_of_ours(self):
        self.assert_rule("bugprone-macro-parentheses", 1, "#define DOUBLE(a) a * 2\n",
                         path="include/liqd/num/x.h")


class LintRunsAllSteps(Tree):
    STEPS = ("clang-format", "clang-tidy", "layers", "sources", "shellcheck")
    # as tools/lint: other versions than 14 are not asked
    ASKED = "version 14." in subprocess.run(["clang-tidy", "--version"], capture_output=True,
                                            text=True, check=True).stdout
    if not ASKED:
        STEPS = ("clang", "layers", "sources", "shellcheck")

    def setUp(self):
        super().setUp()
        for name in ("tools/lint", "tools/check_layers", "tools/check_source", "tools/sources.py",
                     ".clang-format", ".clang-tidy", "CMakePresets.json"):
            (self.root / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\n"
                   "project(t LANGUAGES C)\n"
                   "add_library(liqd_base STATIC src/base/a.c src/base/b.c)\n"
                   "target_include_directories(liqd_base PUBLIC include)\n")
        self.write("include/liqd/num/n.h", "#define LQ_N 1\n")
        self.write("src/base/a.c", "int lq_a(int a);\n\nint lq_a(int a)\n{\n    return a;\n}\n")
        shutil.copy(self.root / "src/base/a.c", self.root / "src/base/b.c")
        self.write("src/base/b.c", "const int lq_b = 1;\n")

    def test_passes_a_clean_tree(self):
        code, out = self.call("tools/lint")
        self.assertEqual((code, re.findall(r"^lint: (\S+): ok$", out, re.M)),
                         (0, list(self.STEPS)), out)

    def test_reports_every_step_that_fails(self):
        self.write("src/base/a.c", '#include "liqd/num/n.h"\nint lq_a(int *a);\n\n'
                   "int lq_a(int *a)\n{\n    if (!a)\n        return *a;\n    return   0;\n}\n")
        self.write("src/base/b.c", "#define LQ_TWICE(a) a * 2\nint lq_b;\n")
        self.write("notes.txt", "a \n")
        self.write("tools/run", '#!/bin/sh\nrm $1\n')
        code, out = self.call("env", "CMAKE_BUILD_PARALLEL_LEVEL=1", "tools/lint")
        self.assertEqual(code, 1)
        self.assertEqual(re.findall(r"^lint: (\S+): failed$", out, re.M),
                         [step for step in self.STEPS if step != "clang"])
        for finding in (r"^src/base/a\.c:8:11: error: code should be clang-formatted" * self.ASKED,
                        r"^src/base/a\.c:7:16: error: .*\[clang-analyzer-core\.NullDereference"
                        * self.ASKED,
                        r"^src/base/b\.c:1:\d+: error: .*\[bugprone-macro-parentheses" * self.ASKED,
                        r"^src/base/a\.c:1: includes liqd/num/n\.h: layer base \(0\) may not use",
                        r"^notes\.txt:1: trailing white space \[white-space\]",
                        r"^In tools/run line 2:\n(.*\n)*.*SC2086"):
            self.assertRegex(out, re.compile(finding, re.M))
        if self.ASKED:
            self.assertIn("src/base/a.c:7", self.call("tools/lint")[1], "and once more")

    def test_reports_a_variable_that_changes_once_the_objects_are_built(self):
        self.write("src/base/b.c", "extern int lq_b;\nint lq_b;\n")
        code, out = self.call("tools/lint")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"libliqd_base\.a\(b\.c\.o\): lq_b is a variable that changes")

    @unittest.skipUnless(ASKED, "another clang-tidy than 14")
    def test_starts_over_when_the_rules_change(self):
        self.write("src/base/a.c", "int lq_a(int a);\n\nint lq_a(int a)\n{\n    if (a)\n"
                   "        return 1;\n    else\n        return 2;\n}\n")
        rules = (self.root / ".clang-tidy").read_text()
        self.write(".clang-tidy", rules.replace("  readability-else-after-return,\n", ""))
        self.assertIn("lint: clang-tidy: ok", self.call("tools/lint")[1])
        self.write(".clang-tidy", rules)
        self.assertIn("readability-else-after-return", self.call("tools/lint")[1])


if __name__ == "__main__":
    unittest.main()
