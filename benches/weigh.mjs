// Compares the size of Handstamp's first page and the start template of Leptos, as built by `bin/bench`: the files that
// a browser loads before hydration, compressed with brotli.
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

const compressed = (path) => brotliCompressSync(readFileSync(path)).length;

// Chunks that are fetched after hydration, or when the lab is opened. The script that lists them belongs to the first
// page.
const isChunk = (file) => /^(split_|chunk_)/.test(file);

function weigh(folder, styles = folder) {
  const bytes = (extension, folder) => {
    const files = readdirSync(folder).filter((file) => file.endsWith(extension) && !isChunk(file));
    if (files.length === 0) throw new Error(`${folder} has no file *${extension}`);
    return files.reduce((sum, file) => sum + compressed(`${folder}/${file}`), 0);
  };
  return { program: bytes(".wasm", folder), glue: bytes(".js", folder), style: bytes(".css", styles) };
}

const total = ({ program, glue, style }) => program + glue + style;
const print = (what, weight) => {
  const { program, glue, style } = weight;
  console.log(`${what}: ${total(weight)} bytes (WASM ${program}, JS ${glue}, CSS ${style})`);
};

const site = "target/site/pkg";
const page = weigh(site);
print("the page", page);
const templates = {
  "the start template": "target/bench/start",
  "the same, built with its own manifest": "target/bench/delivered",
};
for (const [what, folder] of Object.entries(templates)) {
  const template = weigh(folder, "benches/start/style");
  print(what, template);
  console.log(`ratio ${(total(page) / total(template)).toFixed(2)}`);
}
for (const file of readdirSync(site).filter((file) => isChunk(file) && file.endsWith(".wasm"))) {
  const [name] = file.split(".");
  console.log(`chunk ${name}: ${compressed(`${site}/${file}`)} bytes`);
}
