// Weighs our page and the bare start template of Leptos, as `bin/bench` has built them: what a browser
// loads before the page is awake, compressed by brotli.
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

const compressed = (path) => brotliCompressSync(readFileSync(path)).length;

// What is fetched when the first page is awake, or when the lab is opened. The script that knows these files
// belongs to the first.
const isApart = (file) => /^(split_|chunk_)/.test(file);

function weigh(folder, styles = folder) {
  const bytes = (extension, folder) => {
    const files = readdirSync(folder).filter((file) => file.endsWith(extension) && !isApart(file));
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
const ours = weigh(site);
print("the page", ours);
const templates = {
  "the bare start template": "target/bench/start",
  "the same, as its own manifest builds it": "target/bench/delivered",
};
for (const [what, folder] of Object.entries(templates)) {
  const bare = weigh(folder, "benches/start/style");
  print(what, bare);
  console.log(`ratio ${(total(ours) / total(bare)).toFixed(2)}`);
}
for (const file of readdirSync(site).filter((file) => isApart(file) && file.endsWith(".wasm"))) {
  const [name] = file.split(".");
  console.log(`apart, ${name}: ${compressed(`${site}/${file}`)} bytes`);
}
