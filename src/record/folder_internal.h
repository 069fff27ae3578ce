#ifndef LIQD_RECORD_FOLDER_INTERNAL_H
#define LIQD_RECORD_FOLDER_INTERNAL_H

/* lq_folder_sync flushes the folder of PATH, so that the file's name is not lost. Returns 0, or
   errno. */
int lq_folder_sync(const char *path);

#endif
