// Fails where the first load (the page with its inbox and a task, gzip) has grown beyond the limit.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PAGE } from "./page.mjs";

const LIMIT = 250_000;
const FIRST = ["index.html", "src/task/TaskView.tsx"];
const manifest = JSON.parse(readFileSync(join(PAGE, "manifest.json"), "utf8"));

/** The files that `entry` needs before it runs. */
function files(entry, seen = new Set()) {
  const chunk = manifest[entry];
  if (!chunk || seen.has(entry)) return seen;
  seen.add(entry);
  for (const needed of chunk.imports ?? []) files(needed, seen);
  return seen;
}

const compressed = (name) => gzipSync(readFileSync(join(PAGE, name)), { level: 9 }).length;
const chunks = [...FIRST.reduce((seen, entry) => files(entry, seen), new Set())].map((entry) => manifest[entry]);
const scripts = chunks.map(({ file }) => file);
const styles = [...new Set(chunks.flatMap(({ css }) => css ?? []))];
const total = (names) => names.reduce((sum, name) => sum + compressed(name), 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

for (const name of scripts) console.log(`${kilobytes(compressed(name)).padStart(10)}  ${name}`);
const size = total(scripts);
console.log(
  `first load: ${kilobytes(size)} of JavaScript (limit ${kilobytes(LIMIT)}), ${kilobytes(total(styles))} of CSS, gzip`,
);
if (size > LIMIT) process.exit(1);
