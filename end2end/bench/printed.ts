// Prints what the measurements say, and nothing else unless one of them fails.
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

export default class Printed implements Reporter {
  onTestEnd(test: TestCase, result: TestResult) {
    for (const { description } of test.annotations) console.log(description);
    for (const error of result.errors) console.error(`${test.title}: ${error.message}`);
  }
}
