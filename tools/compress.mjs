/**
 * Writes each text file of a folder beside itself as brotli, at its best: `node compress.mjs FOLDER`.
 *
 * It takes seconds, and is done once for each build; the server answers with it as it is.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder)) {
  if (!/\.(js|css)$/.test(name)) continue;
  const body = readFileSync(join(folder, name));
  const packed = brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
  if (packed.length < body.length) writeFileSync(join(folder, `${name}.br`), packed);
}
