// Writes FILE.br and FILE.gz beside every text file of the built page above 1 KB, for servers that send them as they are.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { PAGE } from "./page.mjs";

const TEXT = /\.(js|css|html|svg|json)$/;

for (const name of readdirSync(PAGE, { recursive: true, encoding: "utf8" })) {
  const path = join(PAGE, name);
  if (!TEXT.test(name) || statSync(path).size <= 1024) continue;
  const content = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
