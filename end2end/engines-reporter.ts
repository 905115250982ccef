// Prints a summary for each engine after all other output: the counts, and the reasons for skipped tests.
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
      const ofEngine = tests.filter((test) => test.parent.project()?.name === name);
      if (missing !== undefined) console.log(`${name}: not run: ${missing}`);
      else if (ofEngine.length === 0) console.log(`${name}: not run: not selected on the command line`);
      else console.log([`${name}: ${counts(ofEngine)}`, ...skipped(ofEngine)].join("\n"));
    }
  }
}

function counts(tests: TestCase[]) {
  const passed = tests.filter((test) => ["expected", "flaky"].includes(test.outcome())).length;
  const skipped = tests.filter((test) => test.outcome() === "skipped").length;
  return `${passed} passed, ${tests.length - passed - skipped} failed, ${skipped} skipped`;
}

/** The titles of the skipped tests, grouped by reason. */
function skipped(tests: TestCase[]) {
  const byReason = new Map<string, string[]>();
  for (const test of tests.filter((test) => test.outcome() === "skipped")) {
    const reason = test.annotations.find(({ type }) => type === "skip")?.description ?? "did not run";
    byReason.set(reason, [...(byReason.get(reason) ?? []), `    ${titleOf(test)}`]);
  }
  return [...byReason].flatMap(([reason, titles]) => [`  ${titles.length} skipped: ${reason}`, ...titles]);
}

/** The file name and the titles of a test, without the name of its project. */
const titleOf = (test: TestCase) => [basename(test.location.file), ...test.titlePath().slice(3)].join(" › ");
