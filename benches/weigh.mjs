// Weighs our page and the bare start template of Leptos, as `bin/bench` has built them: what a browser
// loads before the page is awake, compressed by brotli. (The template's glue is not minified: 1.5 KB.)
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

const compressed = (path) => brotliCompressSync(readFileSync(path)).length;

// What the lab alone loads, when somebody opens it.
const isOfTheLab = (file) => /^(__wasm_split|split_|chunk_)/.test(file);

function weigh(folder, styles = folder) {
  const bytes = (extension, folder) => {
    const files = readdirSync(folder).filter((file) => file.endsWith(extension) && !isOfTheLab(file));
    if (files.length !== 1) throw new Error(`${folder} has ${files.length} files *${extension}`);
    return compressed(`${folder}/${files[0]}`);
  };
  return { program: bytes(".wasm", folder), glue: bytes(".js", folder), style: bytes(".css", styles) };
}

const total = ({ program, glue, style }) => program + glue + style;
const print = (what, weight) => {
  const { program, glue, style } = weight;
  console.log(`${what}: ${total(weight)} bytes (WASM ${program}, JS ${glue}, CSS ${style})`);
};

const [ours, bare] = [weigh("target/site/pkg"), weigh("target/bench/start", "benches/start/style")];
print("the page", ours);
print("the bare start template", bare);
const site = "target/site/pkg";
const lab = readdirSync(site).filter((file) => isOfTheLab(file) && /\.(wasm|js)$/.test(file));
console.log(`the lab adds: ${lab.reduce((sum, file) => sum + compressed(`${site}/${file}`), 0)} bytes in ${lab.length} files`);
console.log(`ratio ${(total(ours) / total(bare)).toFixed(2)}`);
