/* gen_docs FOLDER: writes the default configuration, the man pages and the completions. Run by the
   build; not installed. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal_doc.h"
#include "liqd/app/cli.h"
#include "liqd/app/config.h"

static FILE *open_in(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out) {
        (void)fprintf(stderr, "gen_docs: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    return out;
}

static void close_out(FILE *out)
{
    if (fclose(out) != 0) {
        perror("gen_docs");
        exit(1);
    }
}

static void make_folder(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "gen_docs: %s: %s\n", path, strerror(errno));
        exit(1);
    }
}

static const char config_page_head[] =
    ".Dd $Mdocdate$\n"
    ".Dt LIQD.YAML 5\n"
    ".Os liqd\n"
    ".Sh NAME\n"
    ".Nm liqd.yaml\n"
    ".Nd configuration of the liquidation daemon liqd\n"
    ".Sh DESCRIPTION\n"
    "The file is YAML: sections, and under each its keys, one value a key, indented alike.\n"
    ".Ic liqd check\n"
    "prints what a file comes to, or every problem in it with its line.\n"
    "Unknown keys, keys set twice, values out of range and settings that contradict one another\n"
    "are errors; nothing is guessed.\n"
    "Anchors, aliases and tags are not supported.\n"
    ".Ss Variables\n"
    ".Ql ${NAME}\n"
    "in a value stands for the environment variable\n"
    ".Ev NAME ,\n"
    "which must be set, not empty, UTF-8 and without line ends or other invisible characters.\n"
    "Put a value with a variable in double quotes: within {} YAML takes the braces for its own.\n"
    ".Ql ${NAME:?message}\n"
    "says\n"
    ".Em message\n"
    "where it is not.\n"
    ".Ql $$\n"
    "is a dollar sign.\n"
    ".Ss Included files\n"
    ".Ql include: FILE\n"
    "at the top, or a list of files, takes the values of those files for keys that this one does\n"
    "not set.\n"
    "A relative name starts at the folder of the file that names it.\n"
    "Two included files may not set the same key, unless the file that includes both sets it too.\n"
    "No file is included twice.\n"
    ".Ss Secrets\n"
    "A secret\n"
    ".Ar key\n"
    "may be given as\n"
    ".Ar key Ns Ql _file: FILE ;\n"
    "its value is then the content of that file.\n"
    "The file must not be readable by others than its owner, and neither must one that holds a\n"
    "secret literally.\n"
    "Secrets are printed nowhere.\n"
    "Put one in single quotes: YAML and the variables give a meaning to some characters.\n"
    ".Ss Values\n"
    "A size is a number and a unit:\n"
    ".Ql 512 B ,\n"
    ".Ql 4 KiB\n"
    "or\n"
    ".Ql 1 MiB .\n"
    ".Ss Limits\n"
    "A file is a regular one of at most 64 KiB and 4096 keys, in UTF-8; 16 files at most count,\n"
    "included ones among them.\n"
    "A value has at most 4096 bytes.\n"
    ".Sh KEYS\n";

static void write_config_page(FILE *out)
{
    (void)fputs(config_page_head, out);
    lq_schema_write_mdoc(out, &lq_config_schema);
    (void)fputs(
        ".Sh FILES\n.Bl -tag -width Ds\n"
        ".It Pa " LIQD_CONFIG_DIR "/liqd.yaml\nEvery key with its default, commented out.\n"
        ".It Pa " LIQD_CONFIG_DIR "/chain/\nFiles to include, one for each well-known chain.\n"
        ".It Pa " LIQD_CONFIG_DIR "/market/\nFiles to include, one for each well-known market.\n"
        ".It Pa " LIQD_CONFIG_DIR
        "/venue/\nFiles to include, with well-known pools and lenders.\n.El\n"
        ".Sh SEE ALSO\n.Xr liqd 1 ,\n.Xr liqd-check 1\n",
        out);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: gen_docs FOLDER\n");
        return 2;
    }
    const lq_cli_t *cli = &lq_cli_liqd;
    const char *folder = argv[1];
    make_folder(folder, "man1");
    make_folder(folder, "man5");
    FILE *out = open_in(folder, "man1/liqd.1");
    lq_cli_write_mdoc(out, cli, NULL);
    close_out(out);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "man1/liqd-%s.1", c->name);
        for (char *space = name; (space = strchr(space, ' '));)
            *space = '-';
        out = open_in(folder, name);
        lq_cli_write_mdoc(out, cli, c);
        close_out(out);
    }
    out = open_in(folder, "man5/liqd.yaml.5");
    write_config_page(out);
    close_out(out);
    out = open_in(folder, "man5/liqd-journal.5");
    lq_journal_write_mdoc(out);
    close_out(out);
    static const struct {
        const char *name;
        void (*write)(FILE *out, const lq_cli_t *cli);
    } completions[] = {
        {"liqd.bash", lq_cli_write_bash},
        {"liqd.zsh", lq_cli_write_zsh},
        {"liqd.fish", lq_cli_write_fish},
    };
    for (size_t i = 0; i < sizeof(completions) / sizeof(completions[0]); i++) {
        out = open_in(folder, completions[i].name);
        completions[i].write(out, cli);
        close_out(out);
    }
    out = open_in(folder, "liqd.yaml");
    lq_schema_write_yaml(out, &lq_config_schema);
    close_out(out);
    return 0;
}
