/* The reference implementation of Argon2 as a process of its own, with its memory kept and wiped, as ours is.
 * A line "COUNT" on standard input is answered by one line with the tag in hexadecimal, after COUNT hashes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "argon2.h"

static uint8_t *kept;
static size_t size;

static int allocate(uint8_t **memory, size_t bytes) {
  if (bytes > size) {
    free(kept);
    size = 0;
    kept = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (kept == NULL) return ARGON2_MEMORY_ALLOCATION_ERROR;
    size = bytes;
  }
  *memory = kept;
  return 0;
}

static void release(uint8_t *memory, size_t bytes) {
  (void)memory;
  (void)bytes;
}

int main(int count, char **arguments) {
  if (count != 6) return 2;
  char line[32];
  while (fgets(line, sizeof line, stdin) != NULL) {
    uint8_t tag[32];
    for (long left = atol(line); left > 0; left--) {
      char password[256];
      strncpy(password, arguments[1], sizeof password - 1);
      argon2_context context = {
          .out = tag, .outlen = sizeof tag,
          .pwd = (uint8_t *)password, .pwdlen = (uint32_t)strlen(arguments[1]),
          .salt = (uint8_t *)arguments[2], .saltlen = (uint32_t)strlen(arguments[2]),
          .m_cost = (uint32_t)atol(arguments[3]), .t_cost = (uint32_t)atol(arguments[4]),
          .lanes = (uint32_t)atol(arguments[5]), .threads = 1, .version = ARGON2_VERSION_13,
          .allocate_cbk = allocate, .free_cbk = release, .flags = ARGON2_DEFAULT_FLAGS,
      };
      if (argon2id_ctx(&context) != ARGON2_OK) return 1;
    }
    for (size_t at = 0; at < sizeof tag; at++) printf("%02x", tag[at]);
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
