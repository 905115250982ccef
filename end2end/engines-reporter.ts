// After all other output, prints what ran on each engine, and why the rest did not.
import { basename } from "node:path";
import type { FullConfig, Reporter, Suite, TestCase } from "@playwright/test/reporter";
import { engines } from "./engines.js";

export default class EnginesReporter implements Reporter {
  private suite: Suite | undefined;

  onBegin(_config: FullConfig, suite: Suite) {
    this.suite = suite;
  }

  onEnd() {
    const tests = this.suite?.allTests() ?? [];
    console.log("");
    for (const { name, missing } of engines) {
      const own = tests.filter((test) => test.parent.project()?.name === name);
      if (missing !== undefined) console.log(`${name}: not run: ${missing}`);
      else if (own.length === 0) console.log(`${name}: not run: not selected on the command line`);
      else console.log([`${name}: ${counts(own)}`, ...skipped(own)].join("\n"));
    }
  }
}

function counts(tests: TestCase[]) {
  const passed = tests.filter((test) => ["expected", "flaky"].includes(test.outcome())).length;
  const skipped = tests.filter((test) => test.outcome() === "skipped").length;
  return `${passed} passed, ${tests.length - passed - skipped} failed, ${skipped} skipped`;
}

/** The skipped specs below their reasons. */
function skipped(tests: TestCase[]) {
  const byReason = new Map<string, string[]>();
  for (const test of tests.filter((test) => test.outcome() === "skipped")) {
    const reason = test.annotations.find(({ type }) => type === "skip")?.description ?? "did not run";
    byReason.set(reason, [...(byReason.get(reason) ?? []), `    ${titleOf(test)}`]);
  }
  return [...byReason].flatMap(([reason, titles]) => [`  ${titles.length} skipped: ${reason}`, ...titles]);
}

/** The file's name and the titles, without the project's. */
const titleOf = (test: TestCase) => [basename(test.location.file), ...test.titlePath().slice(3)].join(" › ");
